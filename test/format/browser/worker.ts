/** {@link runRoundTrip} in a worker. */
import { runRoundTrip, type ServedArchive } from './archive-round-trip.ts';

declare const globalThis: {
  onmessage: ((event: { data: readonly ServedArchive[] }) => void) | null;
  postMessage(message: unknown): void;
};

globalThis.onmessage = ({ data }) => {
  void runRoundTrip(data).then(
    (report) => globalThis.postMessage(report),
    (error: unknown) => globalThis.postMessage({ error: String(error) }),
  );
};
