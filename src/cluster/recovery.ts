import type { Replica } from "#replica/index.ts";
import { AdminRefusedError } from "./admin.ts";

/** Said for as long as a recovery is not confirmed. */
export const recoveryWarning: string =
  "the cluster goes on from what one survivor had: nothing is reclaimed until all others that " +
  "live are back and hamster cluster confirm-recovery is run";

/**
 * Says that no more survivors come: what nobody names may be reclaimed again.
 *
 * @throws AdminRefusedError, ReplicaError
 */
export async function confirmRecovery(replica: Pick<Replica, "propose">): Promise<object> {
  const { outcome } = await replica.propose({ kind: "confirmRecovery", value: {} });
  if (outcome?.kind === "done") return {};
  const reason = outcome?.kind === "refusal" ? outcome.value.detail : "there was no result";
  throw new AdminRefusedError(reason, "Try again later.");
}
