/** Waiting for a component, never without a limit. */
import { request } from 'node:https';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Component } from './component.ts';

const POLL_MS = 50;
const REQUEST_LIMIT_MS = 5_000;
// Below the range that Linux and macOS take outgoing connections from, so that a port is still free after a restart.
const PORT_MIN = 22_000;
const PORT_MAX = 31_000;
const PORT_ATTEMPTS_MAX = 200;

/**
 * Polls until `check` says true; a throw counts as false.
 * @throws Error with the end of the component's log, when it has exited or after `limitMs`
 */
export async function waitUntil(
  what: string,
  component: Component,
  limitMs: number,
  check: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  let problem = '';
  for (;;) {
    try {
      if (await check()) return;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    const over = Date.now() > deadline;
    if (over || component.hasExited) {
      const reason = over ? `not within ${String(limitMs)} ms` : `${component.name} has exited`;
      throw new Error(`${what}: ${reason}. ${problem}\n${await component.logTail()}`);
    }
    await sleep(POLL_MS);
  }
}

/** True where a GET of `url` is answered with 200. */
export function answersOk(url: string, tls: { ca: Buffer; cert: Buffer; key: Buffer }): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...tls, agent: false, timeout: REQUEST_LIMIT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    sent.once('timeout', () => sent.destroy(new Error(`no answer from ${url}`)));
    sent.once('error', reject).end();
  });
}

/** The first of `count` ports in a row that are free on 127.0.0.1. */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < PORT_ATTEMPTS_MAX; attempt++) {
    const first = PORT_MIN + Math.floor(Math.random() * (PORT_MAX - PORT_MIN - count));
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)));
    if (free.every(Boolean)) return first;
  }
  throw new Error(
    `no ${String(count)} free ports in a row between ${String(PORT_MIN)} and ${String(PORT_MAX)}`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
