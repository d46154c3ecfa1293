// Every command of the tree as a row: what docs/cli.md shows, so that the page cannot drift from the program.
import type { Command } from "commander";

/** The table of all commands that do something, in the tree's order. */
export function commandTable(program: Command): string {
  const rows = leavesOf(program).map(({ words, command }) => {
    const long = command.options.map(({ long, flags }) => long ?? flags);
    // those of a request are many and in the command's help; here they would hide the others
    const shown = long.length > mostOptions ? `${long.length} options: see \`--help\`` : code(long);
    const line = [...words, ...command.registeredArguments.map(argumentText)].join(" ");
    return `| \`${line}\` | ${command.description().replaceAll("|", "\\|")} | ${shown} |`;
  });
  return ["| Command | What it does | Options |", "|---|---|---|", ...rows].join("\n");
}

const mostOptions = 12;

interface Leaf {
  readonly words: readonly string[];
  readonly command: Command;
}

function leavesOf(command: Command, before: readonly string[] = []): readonly Leaf[] {
  const words = [...before, command.name()];
  if (command.commands.length === 0) return [{ words, command }];
  return command.commands.flatMap((child) => leavesOf(child, words));
}

const argumentText = (argument: Command["registeredArguments"][number]): string => {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
};

const code = (options: readonly string[]): string => options.map((option) => `\`${option}\``).join(" ");
