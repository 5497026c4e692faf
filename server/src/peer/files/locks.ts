/** What is done about one thing is done one after the other, and what is done about others meanwhile. */

export class Locks {
  readonly #lastByName = new Map<string, Promise<unknown>>();

  async with<T>(name: string, task: () => Promise<T>): Promise<T> {
    const turn = (this.#lastByName.get(name) ?? Promise.resolve()).then(task);
    const settled = turn.catch(() => {});
    this.#lastByName.set(name, settled);
    try {
      return await turn;
    } finally {
      if (this.#lastByName.get(name) === settled) this.#lastByName.delete(name);
    }
  }
}
