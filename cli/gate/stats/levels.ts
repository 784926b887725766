/** The error levels of all statistical tests. */

/** A budget fails where this many exceedances have at most this chance. */
export const FAIL_LEVEL = 0.01

/** A budget is certified where so few exceedances have at most this chance. */
export const CERTIFY_LEVEL = 0.05

/**
 * Chance of a false alarm of all regression checks together. Below 1 %, so that approximations
 * stay below it, too (bench/gate).
 */
export const ALPHA = 0.008

/** Chance of seeing the smallest effect that a verdict prints. */
export const POWER = 0.95
