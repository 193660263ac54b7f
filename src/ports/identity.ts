import type { KeyFingerprint } from "./network.ts";

/** The node's own key, which its connections prove. */
export interface Identity {
  /** Of the key in use, which is made and kept where there is none. */
  fingerprint(): Promise<KeyFingerprint>;
  /**
   * Makes the next key and keeps it beside the one in use, until `rotate`. The same one again where
   * it was made already.
   */
  next(): Promise<KeyFingerprint>;
  /** Puts the next key in the place of the one in use; new connections prove it. */
  rotate(): Promise<void>;
}
