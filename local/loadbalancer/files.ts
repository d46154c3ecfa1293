// The files by which the load balancer's process and the region find each other, all in one private folder.

/** What the process is told; replaced whole by the region. */
export const configurationFile = "configuration.json";
/** What the process says; replaced whole by the process. */
export const statusFile = "status.json";
/** Who the process is: `{pid, startTime}`. */
export const identityFile = "process.json";
export const logFile = "load-balancer.log";
