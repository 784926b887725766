/** Normal, binomial and Student distributions, to about twelve digits. */

/** ln Γ(x) for x > 0: Stirling's series (DLMF 5.11.1), after moving x above 15. */
export function lnGamma(x: number): number {
  let shift = 0
  let at = x
  for (; at < 15; at++) shift += Math.log(at)
  const inverse = 1 / (at * at)
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / at
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - shift
}

/**
 * Regularised incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22).
 * Takes fractions, which is what lets a design effect shrink a binomial count.
 */
export function betaShare(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - betaShare(1 - x, b, a)
  const front = Math.exp(
    a * Math.log(x) + b * Math.log1p(-x) + lnGamma(a + b) - lnGamma(a) - lnGamma(b) - Math.log(a),
  )
  const tiny = 1e-300
  let c = 1
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1), tiny)
  let value = d
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    let change = 1
    for (const term of [even, odd]) {
      d = 1 / nonZero(1 + term * d, tiny)
      c = nonZero(1 + term / c, tiny)
      change = c * d
      value *= change
    }
    if (Math.abs(change - 1) < 1e-14) break
  }
  return front * value
}

const nonZero = (value: number, tiny: number) => (Math.abs(value) < tiny ? tiny : value)

/** P(X ≥ x) for X ~ Bin(n, p), as I_p(x, n − x + 1); x and n may be fractions. */
export function binomialAtLeast(x: number, n: number, p: number): number {
  if (x <= 0) return 1
  if (x > n) return 0
  return betaShare(p, x, n - x + 1)
}

/** P(X ≤ x) for X ~ Bin(n, p), as 1 − I_p(x + 1, n − x); x and n may be fractions. */
export function binomialAtMost(x: number, n: number, p: number): number {
  if (x >= n) return 1
  return 1 - betaShare(p, x + 1, n - x)
}

/** P(Z ≤ z) of the standard normal: its power series, and a continued fraction in the tails. */
export function normalBelow(z: number): number {
  const size = Math.abs(z)
  if (size > 40) return z < 0 ? 0 : 1
  const density = Math.exp((-size * size) / 2) / Math.sqrt(2 * Math.PI)
  let upper: number
  if (size < 3) {
    let term = size
    let sum = size
    for (let k = 1; Math.abs(term) > 1e-17 * sum; k++) {
      term *= (size * size) / (2 * k + 1)
      sum += term
    }
    upper = 0.5 - density * sum
  } else {
    let fraction = 0
    for (let k = 60; k > 0; k--) fraction = k / (size + fraction)
    upper = density / (size + fraction)
  }
  return z < 0 ? upper : 1 - upper
}

/** The z with P(Z ≤ z) = p. */
export function normalQuantile(p: number): number {
  return bisect(-40, 40, (z) => normalBelow(z) >= p)
}

/** P(T ≤ t) of Student's distribution, through I_{d/(d+t²)}(d/2, 1/2) (DLMF 8.17). */
export function studentBelow(t: number, degrees: number): number {
  const tail = betaShare(degrees / (degrees + t * t), degrees / 2, 0.5) / 2
  return t < 0 ? tail : 1 - tail
}

/** The t with P(T ≤ t) = p. */
export function studentQuantile(p: number, degrees: number): number {
  return bisect(-1e4, 1e4, (t) => studentBelow(t, degrees) >= p)
}

/** The smallest x in [low, high] that `reached` accepts; `reached` is false, then true. */
export function bisect(low: number, high: number, reached: (x: number) => boolean): number {
  let [from, to] = [low, high]
  for (let i = 0; i < 200 && to - from > 1e-12 * Math.max(1, Math.abs(to)); i++) {
    const middle = (from + to) / 2
    if (reached(middle)) to = middle
    else from = middle
  }
  return to
}
