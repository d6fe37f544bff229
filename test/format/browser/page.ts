/** Runs {@link runRoundTrip} in the page and in a worker; the test picks the reports up from `globalThis`. */
import { runRoundTrip, type RoundTripReport, type ServedArchive } from './archive-round-trip.ts';

declare const globalThis: {
  runInPage?: (archives: readonly ServedArchive[]) => Promise<RoundTripReport>;
  runInWorker?: (archives: readonly ServedArchive[]) => Promise<RoundTripReport>;
  Worker: new (url: string) => {
    onmessage: ((event: { data: RoundTripReport | { error: string } }) => void) | null;
    postMessage(message: unknown): void;
  };
};

globalThis.runInPage = runRoundTrip;
globalThis.runInWorker = (archives) =>
  new Promise((resolve, reject) => {
    const worker = new globalThis.Worker('/worker.js');
    worker.onmessage = ({ data }) => {
      if ('error' in data) reject(new Error(data.error));
      else resolve(data);
    };
    worker.postMessage(archives);
  });
