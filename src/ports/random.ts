/** Chance for choices (jitter, spreading). Fast, seedable, never for secrets. */
export interface Random {
  /** A whole number from 0 to `bound` - 1; `bound` from 1 to 2^32. */
  below(bound: number): number;
}
