/**
 * Runs `tasks` with at most `width` at a time and yields what they yield, in the order of arrival. No more than `waitingMax` values
 * wait for the consumer; then the tasks wait. A task that throws ends the whole with its error; ending early (`break`) calls
 * `stop` and waits for the running tasks.
 */
export async function* mergeStreams<T>(
  tasks: readonly (() => AsyncIterable<T>)[],
  options: { readonly width: number; readonly waitingMax: number; readonly stop: () => void },
): AsyncGenerator<T> {
  const waiting: T[] = [];
  const failures: unknown[] = [];
  let next = 0;
  let running = 0;
  let ended = false;
  const hasEnded = (): boolean => ended || failures.length > 0;
  // One consumer, several producers: each side sleeps until the other has moved.
  let wakeConsumer = (): void => undefined;
  const sleepingProducers: (() => void)[] = [];
  // All of them: the one that is woken may have nothing more to give.
  const wakeProducers = (): void => {
    for (const wake of sleepingProducers.splice(0)) wake();
  };

  const work = async (): Promise<void> => {
    try {
      for (let task = tasks[next++]; task && !hasEnded(); task = tasks[next++]) {
        for await (const value of task()) {
          waiting.push(value);
          wakeConsumer();
          while (waiting.length >= options.waitingMax && !hasEnded()) {
            await new Promise<void>((resolve) => sleepingProducers.push(resolve));
          }
          if (hasEnded()) break;
        }
      }
    } catch (error) {
      failures.push(error);
      wakeProducers();
    } finally {
      running--;
      wakeConsumer();
    }
  };

  const workers: Promise<void>[] = [];
  for (let index = 0; index < Math.min(options.width, tasks.length); index++) {
    running++;
    workers.push(work());
  }
  try {
    for (;;) {
      while (waiting.length > 0) {
        const value = waiting.shift() as T;
        wakeProducers();
        yield value;
      }
      if (failures.length > 0) throw failures[0];
      if (running === 0) return;
      await new Promise<void>((resolve) => {
        wakeConsumer = resolve;
      });
    }
  } finally {
    ended = true;
    if (running > 0) options.stop();
    wakeProducers();
    await Promise.all(workers);
  }
}
