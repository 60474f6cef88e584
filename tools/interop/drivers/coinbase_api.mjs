// The npm package coinbase-api on the exchange: its events are applied to books here.
//
// Runs in an environment of its own, see tools/interop/clients.py; what it is told and what it tells stands there.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const { DefaultLogger, WebsocketClient } = createRequire(join(process.argv[2], '/'))('coinbase-api');

const QUIET_MS = 2_000;
const PUBLIC = ['market_trades', 'ticker', 'ticker_batch', 'candles', 'status'];

const books = {};
const channels = {};
const refusals = [];
const moved = [];

function take(event) {
  channels[event.channel] = (channels[event.channel] ?? 0) + 1;
  if (event.channel !== 'l2_data') return;
  moved.push(Date.now());
  for (const { type, product_id: product, updates } of event.events) {
    if (type === 'snapshot') books[product] = { bid: new Map(), offer: new Map() };
    for (const { side, price_level: price, new_quantity: size } of updates) {
      if (Number(size)) books[product][side].set(price, size);
      else books[product][side].delete(price);
    }
  }
}

function whole({ bid, offer }) {
  return {
    bids: [...bid].sort(([one], [other]) => Number(other) - Number(one)),
    asks: [...offer].sort(([one], [other]) => Number(one) - Number(other)),
  };
}

function isOver(seconds) {
  if (refusals.length) return true;
  return moved.length && moved.at(-1) - moved[0] >= seconds * 1_000 && Date.now() - moved.at(-1) > QUIET_MS;
}

console.log('ready');
const order = JSON.parse((await createInterface(process.stdin)[Symbol.asyncIterator]().next()).value);
const key = JSON.parse(readFileSync(order.key_file, 'utf8'));
for (const level of ['trace', 'info', 'error']) DefaultLogger[level] = () => {};
const client = new WebsocketClient(
  { apiKey: key.name, apiSecret: key.privateKey, wsUrl: order.url },
  DefaultLogger,
);
client.on('update', take);
client.on('response', take);
client.on('exception', (event) => refusals.push(event.message ?? String(event)));

// The package signs what goes out under this name, and nothing that goes out under the other.
client.subscribe({ topic: 'heartbeats' }, 'advTradeUserData');
client.subscribe({ topic: 'level2', payload: { product_ids: order.products } }, 'advTradeUserData');
for (const topic of order.refused ? [] : PUBLIC) {
  client.subscribe({ topic, payload: { product_ids: order.products } }, 'advTradeMarketData');
}
const deadline = Date.now() + order.patience * 1_000;
while (!isOver(order.seconds) && Date.now() < deadline) await sleep(100);
const seconds = moved.length ? (moved.at(-1) - moved[0]) / 1_000 : 0;
const kept = Object.fromEntries(Object.entries(books).map(([product, book]) => [product, whole(book)]));
const answer = JSON.stringify({ books: kept, channels, refusals, seconds });
// Only when it is written: a pipe takes 64 KiB at a time.
process.stdout.write(`${answer}\n`, () => process.exit(0));
