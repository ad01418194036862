/** Which methods a path has, for telling a wrong method from a wrong path. */
export class RouteTable {
  readonly #methods = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();

  /** `url` with `:name` and `*` as the router takes them. */
  add(url: string, methods: readonly string[]): void {
    const known = this.#methods.get(url) ?? { pattern: toPattern(url), methods: new Set() };
    for (const method of methods) known.methods.add(method);
    this.#methods.set(url, known);
  }

  /** The methods of every route that fits the path, in alphabetical order. */
  methodsOf(path: string): string[] {
    const fitting = [...this.#methods.values()].filter(({ pattern }) => pattern.test(path));
    return [...new Set(fitting.flatMap(({ methods }) => [...methods]))].sort();
  }
}

function toPattern(url: string): RegExp {
  const parts = url.split(/(:[A-Za-z]\w*|\*)/);
  const source = parts.map((part) => {
    if (part === '*') return '.*';
    return part.startsWith(':') ? '[^/]+' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source.join('')}$`);
}
