// Names of what the stacks make. Physical names are given where an ARN must be known before the resource is, or where
// people look a thing up by it; everywhere else SST draws them.

/** `hangar-test-source-changes`: a name of the wiring or a machine's, told apart by stage. */
export const physicalName = (name: string): string => `${$app.name}-${$app.stage}-${name.replace(/^hangar-/, "")}`;

/** `source-objects-changed` → `SourceObjectsChanged`: the form of Pulumi's logical names. */
export const logicalName = (name: string): string =>
  name
    .replace(/^hangar-/, "")
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
