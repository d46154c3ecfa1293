// When the proxy ends by itself: a signing proxy nobody uses is a risk without a use.

export type EndReason = "idle" | "credentialsExpired" | "stopped";

export const idleMilliseconds = 60 * 60_000;

/** All times are milliseconds since the epoch. @returns why the proxy must end now, or undefined */
export function endReason(times: {
  readonly now: number;
  readonly lastUse: number;
  readonly credentialsExpireAt: number | undefined;
}): EndReason | undefined {
  const { now, lastUse, credentialsExpireAt } = times;
  if (credentialsExpireAt !== undefined && now >= credentialsExpireAt) return "credentialsExpired";
  return now - lastUse >= idleMilliseconds ? "idle" : undefined;
}
