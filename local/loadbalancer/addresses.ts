// Which addresses the load balancer may use: loopback, and nothing else.

/** True for `127.x.y.z` written in full and in decimal. */
export function isLoopbackAddress(address: string): boolean {
  const parts = address.split(".");
  return (
    parts.length === 4 &&
    parts[0] === "127" &&
    parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
  );
}

/**
 * The address to listen on for a rule's host, or undefined for a host that is not of this machine. A name under
 * `.localhost` is 127.0.0.1 wherever browsers resolve it, which is what a system with that one loopback address can use.
 */
export function listeningAddress(host: string): string | undefined {
  if (isLoopbackAddress(host)) return host;
  return /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*localhost$/.test(host) ? "127.0.0.1" : undefined;
}
