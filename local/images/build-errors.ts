// Turns what pip and uv print when they fail into: what happened, why, what to do.

/**
 * @param what what was being made, e.g. `Airflow 3.3.1`
 * @param output what the failing program printed
 */
export function buildError(what: string, output: string): Error {
  const last = output.trim().split("\n").slice(-12).join("\n");
  const known = CAUSES.find(({ pattern }) => pattern.test(output));
  const reason = known ? `${known.why} ${known.remedy}` : "See the installer's own words below, then try again.";
  return new Error(`${what} could not be installed: ${reason} Nothing half-made was left behind.\n${last}`);
}

const CAUSES = [
  {
    pattern: /No space left on device|os error 28|ENOSPC|Disk quota exceeded/i,
    why: "the disk is full (an image needs about 500 MB).",
    remedy: "Free some space, then try again.",
  },
  {
    pattern: /ensurepip is not available|No module named '?(venv|ensurepip|pip)\b/i,
    why: "this machine's Python has neither pip nor a working venv.",
    remedy: "Install them (on Debian and Ubuntu: apt install python3-venv), then try again.",
  },
  {
    pattern:
      /dns error|name resolution|Name or service not known|getaddrinfo|Network is unreachable|Connection refused|connection broken|NewConnectionError|error sending request|Failed to fetch|timed out|tcp connect error|Could not connect|ConnectTimeout/i,
    why: "no package index could be reached.",
    remedy:
      "Connect this machine to the network, or point PIP_INDEX_URL (or UV_DEFAULT_INDEX) at a mirror, then try again.",
  },
  {
    pattern: /certificate|SSLError|UnknownIssuer/i,
    why: "the package index's certificate is not trusted.",
    remedy: "Set SSL_CERT_FILE (and PIP_CERT) to your certificate authority's file, then try again.",
  },
  {
    pattern: /Permission denied|os error 13/i,
    why: "a folder may not be written to.",
    remedy: "Correct the owner of the folder named below, then try again.",
  },
] as const;
