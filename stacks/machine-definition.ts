// A state machine's file with its placeholders filled in. The files are valid JSON as they lie; nothing else is replaced.

/**
 * @param file for messages
 * @param text the ASL file; a placeholder is `${<step>.run}` or `${<step>.undo}`
 * @param arns what each placeholder means
 * @returns the definition as one line of JSON
 * @throws on a placeholder without a value, a value nobody asks for, and text that is no JSON
 */
export function machineDefinition(file: string, text: string, arns: Readonly<Record<string, string>>): string {
  const used = new Set<string>();
  const filled = text.replace(/\$\{([^}]+)\}/g, (_, placeholder: string) => {
    const arn = arns[placeholder];
    if (arn === undefined) throw new Error(`${file}: no function for \${${placeholder}}.`);
    used.add(placeholder);
    return arn;
  });
  const steps = new Set([...used].map(stepOf));
  const unused = Object.keys(arns).filter((placeholder) => !steps.has(stepOf(placeholder)));
  if (unused.length > 0) throw new Error(`${file} never calls ${[...new Set(unused.map(stepOf))].join(", ")}.`);
  return JSON.stringify(JSON.parse(filled));
}

const stepOf = (placeholder: string): string => placeholder.slice(0, placeholder.lastIndexOf("."));
