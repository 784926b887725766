/** Seeded durations for simulations. */
import { uniform as seededUniform } from '../../cli/gate/stats/random.ts'

export interface Random {
  /** Uniform on [0, 1). */
  uniform(): number
  /** Standard normal, by Box and Muller's polar method. */
  normal(): number
}

export function seeded(seed: number): Random {
  const uniform = seededUniform(seed)
  const normal = () => {
    for (;;) {
      const [u, v] = [2 * uniform() - 1, 2 * uniform() - 1]
      const s = u * u + v * v
      if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s)
    }
  }
  return { uniform, normal }
}

/** Log-normal durations in ns around 10 ms. */
export function durations(random: Random, n: number, sd: number, factor = 1): number[] {
  return Array.from({ length: n }, () => 1e7 * factor * Math.exp(sd * random.normal()))
}

/** The same with 3 % of the calls five times slower. */
export function bimodal(random: Random, n: number, factor = 1): number[] {
  return durations(random, n, 0.5, factor).map((d) => (random.uniform() < 0.03 ? 5 * d : d))
}
