// How handlers are bundled: read by the functions' own file, and by what measures bundles.

/**
 * Where the SDK looks for keys when they are not in the environment, each loaded by `import()` then. Lambda puts them there, so a
 * tenth of every bundle would be for nothing (AWS Lambda developer guide, "Defined runtime environment variables").
 */
const otherCredentials = [
  "@aws-sdk/credential-provider-sso",
  "@aws-sdk/credential-provider-ini",
  "@aws-sdk/credential-provider-process",
  "@aws-sdk/credential-provider-web-identity",
  "@aws-sdk/credential-provider-http",
  "@smithy/credential-provider-imds",
];

/** `nodejs` of every function. SST's documentation calls minifying the default; its command does not. */
export const bundling = { minify: true, esbuild: { external: otherCredentials } };
