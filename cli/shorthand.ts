// The AWS CLI's shorthand for values that have parts: `Key=value,Other={A=1},List=[a,b]`, also `List=a,b`. Text only: what
// a word means is the service model's to say. (AWS CLI user guide, "Using shorthand syntax".)

export type Shorthand = string | readonly Shorthand[] | { readonly [key: string]: Shorthand };

/** Text that is no shorthand; the message says where. */
export class ShorthandError extends Error {
  override readonly name = "ShorthandError";
}

const key = /\s*([0-9A-Za-z_.:/-]+)\s*=/y;

/** @throws ShorthandError */
export function parseShorthand(text: string): Readonly<Record<string, Shorthand>> {
  const reader = new Reader(text);
  const value = reader.pairs("");
  if (!reader.ended) throw reader.error("nothing more");
  return value;
}

class Reader {
  readonly #text: string;
  #at = 0;
  constructor(text: string) {
    this.#text = text;
  }

  get ended(): boolean {
    return this.#at >= this.#text.length;
  }

  /** @param end what closes them; empty at the outside */
  pairs(end: string): Readonly<Record<string, Shorthand>> {
    const found: [string, Shorthand][] = [];
    do {
      const name = this.#match(key)?.[1];
      if (name === undefined) throw this.error("Key=value");
      if (found.some(([earlier]) => earlier === name)) throw new ShorthandError(`the key ${name} is there twice`);
      found.push([name, this.#values(end)]);
    } while (this.#take(","));
    return Object.fromEntries(found);
  }

  /** One value, or several with commas between them, until the next key. */
  #values(end: string): Shorthand {
    const values = [this.#value(end)];
    while (this.#peek() === "," && !this.#isKeyAfterComma()) {
      this.#at++;
      if (this.#peek() === undefined || this.#peek() === ",") throw this.error("a value");
      values.push(this.#value(end));
    }
    return values.length === 1 ? values[0]! : values;
  }

  #value(end: string): Shorthand {
    if (this.#take("{")) {
      if (this.#take("}")) return {};
      const pairs = this.pairs("}");
      this.#expect("}");
      return pairs;
    }
    if (this.#take("[")) {
      const items: Shorthand[] = [];
      if (this.#take("]")) return items;
      do items.push(this.#value("]"));
      while (this.#take(","));
      this.#expect("]");
      return items;
    }
    const quote = this.#peek();
    if (quote === '"' || quote === "'") return this.#quoted(quote);
    return this.#match(end ? /[^,\]}]*/y : /[^,]*/y)![0].trim();
  }

  /** A backslash takes the next character as it is. */
  #quoted(quote: string): string {
    let text = "";
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at]!;
      if (character === quote) {
        this.#at++;
        return text;
      }
      text += character === "\\" ? (this.#text[++this.#at] ?? "") : character;
    }
    throw this.error(`the closing ${quote}`);
  }

  #isKeyAfterComma(): boolean {
    const at = this.#at++;
    const found = this.#match(key) !== null;
    this.#at = at;
    return found;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at = pattern.lastIndex;
    return found;
  }

  #peek = (): string | undefined => this.#text[this.#at];
  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }
  #expect(character: string): void {
    if (!this.#take(character)) throw this.error(character);
  }

  /** The text itself is not repeated: it may be secret. */
  error(wanted: string): ShorthandError {
    return new ShorthandError(`at character ${this.#at + 1} of ${this.#text.length} there should be ${wanted}`);
  }
}
