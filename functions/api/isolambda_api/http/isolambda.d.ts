// What an Isolambda function has beside ECMAScript. `python -m infra.surface --write` makes this file.
// A tsconfig.json has "lib": ["esnext"], because a function has less than a page has.
/// <reference lib="esnext" />

/** The input of the execution, which is JSON. */
declare const call: any;

/** The execution, and who asked for it. */
declare const context: IsolambdaContext;

interface IsolambdaContext {
  /** The same for each attempt of an asynchronous execution. */
  readonly execution_id: string;
  readonly function: { readonly id: string; readonly name: string; readonly version: string };
  readonly account_id: string;
  /** The version or alias that the caller named. */
  readonly qualifier: string;
  /** `kazoo`, `codemash`, `mcp` or `pivot`, or the type of a trigger. */
  readonly trigger: string;
  readonly trigger_id: string | null;
  readonly event_id: string | null;
  /** Empty but for CodeMash. */
  readonly meta: Readonly<Record<string, string>>;
  readonly tokens: Readonly<Record<string, string>>;
  /** Only there where the function was called as a tool: the id of the API key that was shown. */
  readonly caller?: { readonly key_id: string };
  /** When the wall time is over, in Unix milliseconds. */
  readonly deadline_ms: number;
  /** Placeholders, by name; only there if the document names `secrets`. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Only there if the document names namespaces in `kv`. */
  readonly kv: IsolambdaKeyValues;
  /** The account's tools, by name; only there in what code of a model calls as a tool. */
  readonly tools: { readonly [name: string]: (input?: unknown) => Promise<any> };
}

/** Values of one namespace. What fails is an Error whose `cause` is an {@link IsolambdaCause}. */
interface IsolambdaKeyValues {
  get<T = any>(key: string): Promise<T | undefined>;
  /** `ttl` is in seconds. */
  put(key: string, value: unknown, options?: { ttl?: number }): Promise<void>;
  delete(key: string): Promise<boolean>;
  list<T = any>(options?: { prefix?: string; startKey?: string; limit?: number }): Promise<IsolambdaKeyValuesPage<T>>;
  increment(key: string, by?: number): Promise<number>;
  /** `undefined` is expected of a key that is not there. */
  compareAndSet(key: string, expected: unknown, value: unknown, options?: { ttl?: number }): Promise<boolean>;
  /** Returns the values of another namespace of the document. */
  namespace(name: string): IsolambdaKeyValues;
}

interface IsolambdaKeyValuesPage<T> {
  readonly items: { key: string; value: T }[];
  /** Undefined on the last page. */
  readonly nextStartKey?: string;
}

/** The cause of an error of `fetch`, of `context.kv` and of `context.tools`. */
interface IsolambdaCause {
  readonly code: string;
  /** The name of the limit that is in the way, if one is. */
  readonly limit?: string;
  readonly value?: number;
  readonly used?: number;
}

type AddEventListenerOptions = EventListenerOptions & { once?: boolean; passive?: boolean; signal?: AbortSignal };
type AlgorithmIdentifier = string | { name: string; [parameter: string]: any };
type BlobPart = BufferSource | Blob | string;
type BlobPropertyBag = { type?: string; endings?: 'transparent' | 'native' };
type BodyInit = ReadableStream | Blob | BufferSource | FormData | URLSearchParams | string;
type BufferSource = ArrayBufferView | ArrayBuffer;
type CompressionFormat = 'deflate' | 'deflate-raw' | 'gzip';
type CryptoKeyPair = { publicKey: CryptoKey; privateKey: CryptoKey };
type CustomEventInit<T = any> = EventInit & { detail?: T };
type ErrorEventHandler = ((event: ErrorEvent | string, source?: string, line?: number, column?: number, error?: any) => any) | null;
type ErrorEventInit = EventInit & { message?: string; filename?: string; lineno?: number; colno?: number; error?: any };
type EventHandler<E = Event> = ((this: any, event: E) => any) | null;
type EventInit = { bubbles?: boolean; cancelable?: boolean; composed?: boolean };
type EventListener = ((event: any) => void) | { handleEvent(event: any): void };
type EventListenerOptions = { capture?: boolean };
type FilePropertyBag = BlobPropertyBag & { lastModified?: number };
type FormDataEntryValue = File | string;
type HeadersInit = Headers | Iterable<[string, string]> | Record<string, string>;
type JsonWebKey = { kty?: string; alg?: string; use?: string; key_ops?: string[]; ext?: boolean; [parameter: string]: any };
type KeyAlgorithm = { name: string; [parameter: string]: any };
type KeyFormat = 'jwk' | 'pkcs8' | 'raw' | 'spki';
type KeyUsage = 'encrypt' | 'decrypt' | 'sign' | 'verify' | 'deriveKey' | 'deriveBits' | 'wrapKey' | 'unwrapKey';
type MessageEventInit<T = any> = EventInit & { data?: T; origin?: string; lastEventId?: string; source?: MessagePort | null; ports?: MessagePort[] };
type ProgressEventInit = EventInit & { lengthComputable?: boolean; loaded?: number; total?: number };
type PromiseRejectionEventInit = EventInit & { promise: Promise<any>; reason?: any };
type QueuingStrategy<T = any> = { highWaterMark?: number; size?: (chunk: T) => number };
type QueuingStrategyInit = { highWaterMark: number };
type ReadableStreamReadResult<T> = { done: false; value: T } | { done: true; value: T | undefined };
type ReadableWritablePair<R = any, W = any> = { readable: ReadableStream<R>; writable: WritableStream<W> };
type RequestInfo = Request | string;
type RequestInit = { method?: string; headers?: HeadersInit; body?: BodyInit | null; redirect?: 'follow' | 'error' | 'manual'; signal?: AbortSignal | null; duplex?: 'half'; cache?: string; credentials?: string; integrity?: string; keepalive?: boolean; mode?: string; referrer?: string; referrerPolicy?: string };
type ResponseInit = { status?: number; statusText?: string; headers?: HeadersInit };
type StreamPipeOptions = { preventAbort?: boolean; preventCancel?: boolean; preventClose?: boolean; signal?: AbortSignal };
type StructuredSerializeOptions = { transfer?: object[] };
type TextDecoderOptions = { fatal?: boolean; ignoreBOM?: boolean };
type Transformer<I = any, O = any> = { start?(controller: TransformStreamDefaultController<O>): any; transform?(chunk: I, controller: TransformStreamDefaultController<O>): void | PromiseLike<void>; flush?(controller: TransformStreamDefaultController<O>): void | PromiseLike<void>; cancel?(reason: any): void | PromiseLike<void> };
type URLPatternInit = { protocol?: string; username?: string; password?: string; hostname?: string; port?: string; pathname?: string; search?: string; hash?: string; baseURL?: string };
type URLPatternInput = string | URLPatternInit;
type URLPatternOptions = { ignoreCase?: boolean };
type URLPatternPart = { input: string; groups: Record<string, string | undefined> };
type URLPatternResult = { inputs: URLPatternInput[]; protocol: URLPatternPart; username: URLPatternPart; password: URLPatternPart; hostname: URLPatternPart; port: URLPatternPart; pathname: URLPatternPart; search: URLPatternPart; hash: URLPatternPart };
type UnderlyingSink<W = any> = { start?(controller: WritableStreamDefaultController): any; write?(chunk: W, controller: WritableStreamDefaultController): void | PromiseLike<void>; close?(): void | PromiseLike<void>; abort?(reason?: any): void | PromiseLike<void> };
type UnderlyingSource<R = any> = { type?: 'bytes'; autoAllocateChunkSize?: number; start?(controller: any): any; pull?(controller: any): void | PromiseLike<void>; cancel?(reason?: any): void | PromiseLike<void> };
declare class AbortController {
  constructor();
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
declare class AbortSignal extends EventTarget {
  private constructor();
  static abort(reason?: unknown): AbortSignal;
  static any(signals: Iterable<AbortSignal>): AbortSignal;
  static timeout(milliseconds: number): AbortSignal;
  readonly aborted: boolean;
  readonly reason: any;
  throwIfAborted(): void;
  onabort: EventHandler;
}
declare class Blob {
  constructor(parts?: Iterable<BlobPart>, options?: BlobPropertyBag);
  readonly size: number;
  readonly type: string;
  slice(start?: number, end?: number, contentType?: string): Blob;
  stream(): ReadableStream<Uint8Array>;
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer>;
  bytes(): Promise<Uint8Array>;
}
declare class ByteLengthQueuingStrategy {
  constructor(init: QueuingStrategyInit);
  readonly highWaterMark: number;
  readonly size: (chunk: ArrayBufferView) => number;
}
declare class CompressionStream {
  constructor(format: CompressionFormat);
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<BufferSource>;
}
declare class CountQueuingStrategy {
  constructor(init: QueuingStrategyInit);
  readonly highWaterMark: number;
  readonly size: () => number;
}
declare class Crypto {
  private constructor();
  readonly subtle: SubtleCrypto;
  getRandomValues<T extends ArrayBufferView>(array: T): T;
  randomUUID(): string;
}
declare class CryptoKey {
  private constructor();
  readonly type: 'public' | 'private' | 'secret';
  readonly extractable: boolean;
  readonly algorithm: KeyAlgorithm;
  readonly usages: KeyUsage[];
}
declare class CustomEvent<T = any> extends Event {
  constructor(type: string, init?: CustomEventInit<T>);
  readonly detail: T;
  initCustomEvent(type: string, bubbles?: boolean, cancelable?: boolean, detail?: T): void;
}
declare class DOMException extends Error {
  constructor(message?: string, name?: string);
  static readonly INDEX_SIZE_ERR: 1;
  readonly INDEX_SIZE_ERR: 1;
  static readonly DOMSTRING_SIZE_ERR: 2;
  readonly DOMSTRING_SIZE_ERR: 2;
  static readonly HIERARCHY_REQUEST_ERR: 3;
  readonly HIERARCHY_REQUEST_ERR: 3;
  static readonly WRONG_DOCUMENT_ERR: 4;
  readonly WRONG_DOCUMENT_ERR: 4;
  static readonly INVALID_CHARACTER_ERR: 5;
  readonly INVALID_CHARACTER_ERR: 5;
  static readonly NO_DATA_ALLOWED_ERR: 6;
  readonly NO_DATA_ALLOWED_ERR: 6;
  static readonly NO_MODIFICATION_ALLOWED_ERR: 7;
  readonly NO_MODIFICATION_ALLOWED_ERR: 7;
  static readonly NOT_FOUND_ERR: 8;
  readonly NOT_FOUND_ERR: 8;
  static readonly NOT_SUPPORTED_ERR: 9;
  readonly NOT_SUPPORTED_ERR: 9;
  static readonly INUSE_ATTRIBUTE_ERR: 10;
  readonly INUSE_ATTRIBUTE_ERR: 10;
  static readonly INVALID_STATE_ERR: 11;
  readonly INVALID_STATE_ERR: 11;
  static readonly SYNTAX_ERR: 12;
  readonly SYNTAX_ERR: 12;
  static readonly INVALID_MODIFICATION_ERR: 13;
  readonly INVALID_MODIFICATION_ERR: 13;
  static readonly NAMESPACE_ERR: 14;
  readonly NAMESPACE_ERR: 14;
  static readonly INVALID_ACCESS_ERR: 15;
  readonly INVALID_ACCESS_ERR: 15;
  static readonly VALIDATION_ERR: 16;
  readonly VALIDATION_ERR: 16;
  static readonly TYPE_MISMATCH_ERR: 17;
  readonly TYPE_MISMATCH_ERR: 17;
  static readonly SECURITY_ERR: 18;
  readonly SECURITY_ERR: 18;
  static readonly NETWORK_ERR: 19;
  readonly NETWORK_ERR: 19;
  static readonly ABORT_ERR: 20;
  readonly ABORT_ERR: 20;
  static readonly URL_MISMATCH_ERR: 21;
  readonly URL_MISMATCH_ERR: 21;
  static readonly QUOTA_EXCEEDED_ERR: 22;
  readonly QUOTA_EXCEEDED_ERR: 22;
  static readonly TIMEOUT_ERR: 23;
  readonly TIMEOUT_ERR: 23;
  static readonly INVALID_NODE_TYPE_ERR: 24;
  readonly INVALID_NODE_TYPE_ERR: 24;
  static readonly DATA_CLONE_ERR: 25;
  readonly DATA_CLONE_ERR: 25;
  readonly name: string;
  readonly message: string;
  readonly code: number;
}
declare class DecompressionStream {
  constructor(format: CompressionFormat);
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<BufferSource>;
}
declare class ErrorEvent extends Event {
  constructor(type: string, init?: ErrorEventInit);
  readonly message: string;
  readonly filename: string;
  readonly lineno: number;
  readonly colno: number;
  readonly error: any;
}
declare class Event {
  constructor(type: string, init?: EventInit);
  static readonly NONE: 0;
  readonly NONE: 0;
  static readonly CAPTURING_PHASE: 1;
  readonly CAPTURING_PHASE: 1;
  static readonly AT_TARGET: 2;
  readonly AT_TARGET: 2;
  static readonly BUBBLING_PHASE: 3;
  readonly BUBBLING_PHASE: 3;
  readonly type: string;
  readonly target: EventTarget | null;
  readonly srcElement: EventTarget | null;
  readonly currentTarget: EventTarget | null;
  composedPath(): EventTarget[];
  readonly eventPhase: number;
  stopPropagation(): void;
  cancelBubble: boolean;
  stopImmediatePropagation(): void;
  readonly bubbles: boolean;
  readonly cancelable: boolean;
  returnValue: boolean;
  preventDefault(): void;
  readonly defaultPrevented: boolean;
  readonly composed: boolean;
  readonly timeStamp: number;
  initEvent(type: string, bubbles?: boolean, cancelable?: boolean): void;
  readonly isTrusted: boolean;
}
declare class EventTarget {
  constructor();
  addEventListener(type: string, listener: EventListener | null, options?: AddEventListenerOptions | boolean): void;
  removeEventListener(type: string, listener: EventListener | null, options?: EventListenerOptions | boolean): void;
  dispatchEvent(event: Event): boolean;
}
declare class File extends Blob {
  constructor(parts: Iterable<BlobPart>, name: string, options?: FilePropertyBag);
  readonly name: string;
  readonly lastModified: number;
}
declare class FormData {
  constructor();
  append(name: string, value: string): void;
  append(name: string, value: Blob, filename?: string): void;
  delete(name: string): void;
  get(name: string): FormDataEntryValue | null;
  getAll(name: string): FormDataEntryValue[];
  has(name: string): boolean;
  set(name: string, value: string): void;
  set(name: string, value: Blob, filename?: string): void;
  entries(): IterableIterator<[string, FormDataEntryValue]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<FormDataEntryValue>;
  forEach(callback: (value: FormDataEntryValue, key: string, parent: this) => void): void;
  [Symbol.iterator](): IterableIterator<[string, FormDataEntryValue]>;
}
declare class Headers {
  constructor(init?: HeadersInit);
  append(name: string, value: string): void;
  delete(name: string): void;
  get(name: string): string | null;
  getSetCookie(): string[];
  has(name: string): boolean;
  set(name: string, value: string): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  forEach(callback: (value: string, key: string, parent: this) => void): void;
  [Symbol.iterator](): IterableIterator<[string, string]>;
}
declare class MessageChannel {
  constructor();
  readonly port1: MessagePort;
  readonly port2: MessagePort;
}
declare class MessageEvent<T = any> extends Event {
  constructor(type: string, init?: MessageEventInit<T>);
  readonly data: T;
  readonly origin: string;
  readonly lastEventId: string;
  readonly source: MessagePort | null;
  readonly ports: readonly MessagePort[];
  initMessageEvent(type: string, bubbles?: boolean, cancelable?: boolean, data?: any, origin?: string, lastEventId?: string, source?: MessagePort | null, ports?: MessagePort[]): void;
}
declare class MessagePort extends EventTarget {
  private constructor();
  postMessage(message: any, transfer?: object[]): void;
  postMessage(message: any, options?: StructuredSerializeOptions): void;
  start(): void;
  close(): void;
  onmessage: EventHandler<MessageEvent>;
  onmessageerror: EventHandler<MessageEvent>;
}
declare class Performance extends EventTarget {
  private constructor();
  now(): number;
  readonly timeOrigin: number;
  toJSON(): any;
}
declare class PromiseRejectionEvent extends Event {
  constructor(type: string, init: PromiseRejectionEventInit);
  readonly promise: Promise<any>;
  readonly reason: any;
}
declare class ReadableByteStreamController {
  private constructor();
  readonly byobRequest: ReadableStreamBYOBRequest | null;
  readonly desiredSize: number | null;
  close(): void;
  enqueue(chunk: ArrayBufferView): void;
  error(reason?: any): void;
}
declare class ReadableStream<R = any> {
  constructor(source?: UnderlyingSource<R>, strategy?: QueuingStrategy<R>);
  static from<R>(iterable: Iterable<R> | AsyncIterable<R>): ReadableStream<R>;
  readonly locked: boolean;
  cancel(reason?: any): Promise<void>;
  getReader(): ReadableStreamDefaultReader<R>;
  getReader(options: { mode: 'byob' }): ReadableStreamBYOBReader;
  pipeThrough<T>(transform: ReadableWritablePair<T, R>, options?: StreamPipeOptions): ReadableStream<T>;
  pipeTo(destination: WritableStream<R>, options?: StreamPipeOptions): Promise<void>;
  tee(): [ReadableStream<R>, ReadableStream<R>];
  values(options?: { preventCancel?: boolean }): AsyncIterableIterator<R>;
  [Symbol.asyncIterator](): AsyncIterableIterator<R>;
}
declare class ReadableStreamBYOBReader {
  constructor(stream: ReadableStream<Uint8Array>);
  readonly closed: Promise<void>;
  cancel(reason?: any): Promise<void>;
  read<T extends ArrayBufferView>(view: T, options?: { min?: number }): Promise<ReadableStreamReadResult<T>>;
  releaseLock(): void;
}
declare class ReadableStreamBYOBRequest {
  private constructor();
  readonly view: ArrayBufferView | null;
  respond(bytesWritten: number): void;
  respondWithNewView(view: ArrayBufferView): void;
}
declare class ReadableStreamDefaultController<R = any> {
  private constructor();
  readonly desiredSize: number | null;
  close(): void;
  enqueue(chunk?: R): void;
  error(reason?: any): void;
}
declare class ReadableStreamDefaultReader<R = any> {
  constructor(stream: ReadableStream<R>);
  readonly closed: Promise<void>;
  cancel(reason?: any): Promise<void>;
  read(): Promise<ReadableStreamReadResult<R>>;
  releaseLock(): void;
}
declare class Request {
  constructor(input: RequestInfo | URL, init?: RequestInit);
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly destination: string;
  readonly referrer: string;
  readonly referrerPolicy: string;
  readonly mode: string;
  readonly credentials: string;
  readonly cache: string;
  readonly redirect: string;
  readonly integrity: string;
  readonly keepalive: boolean;
  readonly isReloadNavigation: boolean;
  readonly isHistoryNavigation: boolean;
  readonly signal: AbortSignal;
  readonly duplex: 'half';
  clone(): Request;
  readonly body: ReadableStream<Uint8Array> | null;
  readonly bodyUsed: boolean;
  arrayBuffer(): Promise<ArrayBuffer>;
  blob(): Promise<Blob>;
  bytes(): Promise<Uint8Array>;
  formData(): Promise<FormData>;
  json(): Promise<any>;
  text(): Promise<string>;
}
declare class Response {
  constructor(body?: BodyInit | null, init?: ResponseInit);
  static error(): Response;
  static redirect(url: string | URL, status?: number): Response;
  static json(data: any, init?: ResponseInit): Response;
  readonly type: string;
  readonly url: string;
  readonly redirected: boolean;
  readonly status: number;
  readonly ok: boolean;
  readonly statusText: string;
  readonly headers: Headers;
  clone(): Response;
  readonly body: ReadableStream<Uint8Array> | null;
  readonly bodyUsed: boolean;
  arrayBuffer(): Promise<ArrayBuffer>;
  blob(): Promise<Blob>;
  bytes(): Promise<Uint8Array>;
  formData(): Promise<FormData>;
  json(): Promise<any>;
  text(): Promise<string>;
}
declare class SubtleCrypto {
  private constructor();
  encrypt(algorithm: AlgorithmIdentifier, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>;
  decrypt(algorithm: AlgorithmIdentifier, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>;
  sign(algorithm: AlgorithmIdentifier, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>;
  verify(algorithm: AlgorithmIdentifier, key: CryptoKey, signature: BufferSource, data: BufferSource): Promise<boolean>;
  digest(algorithm: AlgorithmIdentifier, data: BufferSource): Promise<ArrayBuffer>;
  generateKey(algorithm: AlgorithmIdentifier, extractable: boolean, usages: KeyUsage[]): Promise<CryptoKey | CryptoKeyPair>;
  deriveKey(algorithm: AlgorithmIdentifier, key: CryptoKey, derivedKeyType: AlgorithmIdentifier, extractable: boolean, usages: KeyUsage[]): Promise<CryptoKey>;
  deriveBits(algorithm: AlgorithmIdentifier, key: CryptoKey, length?: number | null): Promise<ArrayBuffer>;
  importKey(format: 'jwk', keyData: JsonWebKey, algorithm: AlgorithmIdentifier, extractable: boolean, usages: KeyUsage[]): Promise<CryptoKey>;
  importKey(format: 'raw' | 'spki' | 'pkcs8', keyData: BufferSource, algorithm: AlgorithmIdentifier, extractable: boolean, usages: KeyUsage[]): Promise<CryptoKey>;
  exportKey(format: 'jwk', key: CryptoKey): Promise<JsonWebKey>;
  exportKey(format: 'raw' | 'spki' | 'pkcs8', key: CryptoKey): Promise<ArrayBuffer>;
  wrapKey(format: KeyFormat, key: CryptoKey, wrappingKey: CryptoKey, algorithm: AlgorithmIdentifier): Promise<ArrayBuffer>;
  unwrapKey(format: KeyFormat, wrappedKey: BufferSource, unwrappingKey: CryptoKey, algorithm: AlgorithmIdentifier, keyAlgorithm: AlgorithmIdentifier, extractable: boolean, usages: KeyUsage[]): Promise<CryptoKey>;
}
declare class TextDecoder {
  constructor(label?: string, options?: TextDecoderOptions);
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  decode(input?: BufferSource, options?: { stream?: boolean }): string;
}
declare class TextDecoderStream {
  constructor(label?: string, options?: TextDecoderOptions);
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  readonly readable: ReadableStream<string>;
  readonly writable: WritableStream<BufferSource>;
}
declare class TextEncoder {
  constructor();
  readonly encoding: string;
  encode(input?: string): Uint8Array;
  encodeInto(source: string, destination: Uint8Array): { read: number; written: number };
}
declare class TextEncoderStream {
  constructor();
  readonly encoding: string;
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<string>;
}
declare class TransformStream<I = any, O = any> {
  constructor(transformer?: Transformer<I, O>, writableStrategy?: QueuingStrategy<I>, readableStrategy?: QueuingStrategy<O>);
  readonly readable: ReadableStream<O>;
  readonly writable: WritableStream<I>;
}
declare class TransformStreamDefaultController<O = any> {
  private constructor();
  readonly desiredSize: number | null;
  enqueue(chunk?: O): void;
  error(reason?: any): void;
  terminate(): void;
}
declare class URL {
  constructor(url: string | URL, base?: string | URL);
  static parse(url: string | URL, base?: string | URL): URL | null;
  static canParse(url: string | URL, base?: string | URL): boolean;
  href: string;
  readonly origin: string;
  protocol: string;
  username: string;
  password: string;
  host: string;
  hostname: string;
  port: string;
  pathname: string;
  search: string;
  readonly searchParams: URLSearchParams;
  hash: string;
  toJSON(): string;
  toString(): string;
}
declare class URLPattern {
  constructor(input?: URLPatternInput, base?: string | URLPatternOptions, options?: URLPatternOptions);
  test(input?: URLPatternInput, base?: string | URL): boolean;
  exec(input?: URLPatternInput, base?: string | URL): URLPatternResult | null;
  readonly protocol: string;
  readonly username: string;
  readonly password: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
  readonly hasRegExpGroups: boolean;
}
declare class URLSearchParams {
  constructor(init?: Iterable<[string, string]> | Record<string, string> | string);
  readonly size: number;
  append(name: string, value: string): void;
  delete(name: string, value?: string): void;
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string, value?: string): boolean;
  set(name: string, value: string): void;
  sort(): void;
  toString(): string;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  forEach(callback: (value: string, key: string, parent: this) => void): void;
  [Symbol.iterator](): IterableIterator<[string, string]>;
}
declare class WritableStream<W = any> {
  constructor(sink?: UnderlyingSink<W>, strategy?: QueuingStrategy<W>);
  readonly locked: boolean;
  abort(reason?: any): Promise<void>;
  close(): Promise<void>;
  getWriter(): WritableStreamDefaultWriter<W>;
}
declare class WritableStreamDefaultController {
  private constructor();
  readonly signal: AbortSignal;
  error(reason?: any): void;
}
declare class WritableStreamDefaultWriter<W = any> {
  constructor(stream: WritableStream<W>);
  readonly closed: Promise<void>;
  readonly desiredSize: number | null;
  readonly ready: Promise<void>;
  abort(reason?: any): Promise<void>;
  close(): Promise<void>;
  releaseLock(): void;
  write(chunk?: W): Promise<void>;
}
declare function atob(data: string): string;
declare function btoa(data: string): string;
declare function clearInterval(id?: number): void;
declare function clearTimeout(id?: number): void;
interface Console {
  assert(condition?: boolean, ...values: any[]): void;
  clear(): void;
  count(label?: string): void;
  countReset(label?: string): void;
  debug(...values: any[]): void;
  dir(value?: any, options?: any): void;
  dirxml(...values: any[]): void;
  error(...values: any[]): void;
  group(...values: any[]): void;
  groupCollapsed(...values: any[]): void;
  groupEnd(): void;
  info(...values: any[]): void;
  log(...values: any[]): void;
  table(table?: any, properties?: string[]): void;
  time(label?: string): void;
  timeEnd(label?: string): void;
  timeLog(label?: string, ...values: any[]): void;
  trace(...values: any[]): void;
  warn(...values: any[]): void;
}
declare var console: Console;
declare var crypto: Crypto;
declare function fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
declare const navigator: { readonly userAgent: string };
declare var onerror: ErrorEventHandler;
declare var onrejectionhandled: EventHandler<PromiseRejectionEvent>;
declare var onunhandledrejection: EventHandler<PromiseRejectionEvent>;
declare var performance: Performance;
declare function queueMicrotask(callback: () => void): void;
declare function reportError(error: any): void;
declare var self: typeof globalThis;
declare function setInterval(callback: (...values: any[]) => void, milliseconds?: number, ...values: any[]): number;
declare function setTimeout(callback: (...values: any[]) => void, milliseconds?: number, ...values: any[]): number;
declare function structuredClone<T>(value: T, options?: StructuredSerializeOptions): T;
declare class FileReader extends EventTarget {
  constructor();
  static readonly EMPTY: 0;
  readonly EMPTY: 0;
  static readonly LOADING: 1;
  readonly LOADING: 1;
  static readonly DONE: 2;
  readonly DONE: 2;
  readAsArrayBuffer(blob: Blob): void;
  readAsBinaryString(blob: Blob): void;
  readAsText(blob: Blob, encoding?: string): void;
  readAsDataURL(blob: Blob): void;
  abort(): void;
  readonly readyState: number;
  readonly result: string | ArrayBuffer | null;
  readonly error: DOMException | null;
  onloadstart: EventHandler<ProgressEvent>;
  onprogress: EventHandler<ProgressEvent>;
  onload: EventHandler<ProgressEvent>;
  onabort: EventHandler<ProgressEvent>;
  onerror: EventHandler<ProgressEvent>;
  onloadend: EventHandler<ProgressEvent>;
}
declare class ProgressEvent extends Event {
  constructor(type: string, init?: ProgressEventInit);
  readonly lengthComputable: boolean;
  readonly loaded: number;
  readonly total: number;
}
declare class QuotaExceededError extends DOMException {
  constructor(message?: string, options?: { quota?: number; requested?: number });
  readonly quota: number | null;
  readonly requested: number | null;
}
declare function addEventListener(type: string, listener: EventListener | null, options?: AddEventListenerOptions | boolean): void;
declare function dispatchEvent(event: Event): boolean;
declare function removeEventListener(type: string, listener: EventListener | null, options?: EventListenerOptions | boolean): void;
/** Needs the feature `webassembly`. */
declare namespace WebAssembly {
  type Exports = Record<string, any>;
  type GlobalDescriptor = { value: ValueType; mutable?: boolean };
  type Imports = Record<string, Record<string, any>>;
  type InstantiatedSource = { module: Module; instance: Instance };
  type MemoryDescriptor = { initial: number; maximum?: number; shared?: boolean };
  type ModuleExport = { name: string; kind: ModuleKind };
  type ModuleImport = { module: string; name: string; kind: ModuleKind };
  type ModuleKind = 'function' | 'global' | 'memory' | 'table' | 'tag';
  type TableDescriptor = { element: 'anyfunc' | 'externref'; initial: number; maximum?: number };
  type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'anyfunc' | 'externref';
  class CompileError extends Error {
    constructor(message?: string);
  }
  class Exception {
    constructor(tag: Tag, payload: any[], options?: { traceStack?: boolean });
    is(tag: Tag): boolean;
    getArg(tag: Tag, index: number): any;
  }
  class Global {
    constructor(descriptor: GlobalDescriptor, value?: any);
    valueOf(): any;
    value: any;
  }
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Exports;
  }
  class LinkError extends Error {
    constructor(message?: string);
  }
  class Memory {
    constructor(descriptor: MemoryDescriptor);
    grow(delta: number): number;
    readonly buffer: ArrayBuffer;
  }
  class Module {
    constructor(bytes: BufferSource);
    static exports(module: Module): ModuleExport[];
    static imports(module: Module): ModuleImport[];
    static customSections(module: Module, name: string): ArrayBuffer[];
  }
  class RuntimeError extends Error {
    constructor(message?: string);
  }
  class Table {
    constructor(descriptor: TableDescriptor, value?: any);
    grow(delta: number, value?: any): number;
    get(index: number): any;
    set(index: number, value?: any): void;
    readonly length: number;
  }
  class Tag {
    constructor(type: { parameters: ValueType[] });
  }
  var JSTag: Tag;
  function compile(bytes: BufferSource): Promise<Module>;
  function compileStreaming(source: Response | Promise<Response>): Promise<Module>;
  var instantiate: { (module: Module, imports?: Imports): Promise<Instance>; (bytes: BufferSource, imports?: Imports): Promise<InstantiatedSource> };
  function instantiateStreaming(source: Response | Promise<Response>, imports?: Imports): Promise<InstantiatedSource>;
  function validate(bytes: BufferSource): boolean;
}
declare namespace URL {
  function createObjectURL(blob: Blob): string;
  function revokeObjectURL(url: string): void;
}

/** What a test imports; `isolambda test` runs it. */
declare module "isolambda:test" {
  type Awaitable = void | Promise<void>;
  /** What a test gets: the second argument that its function would get. */
  interface TestArgument { readonly context: IsolambdaContext }
  type TestFunction = (argument: TestArgument) => Awaitable;

  interface Each<F extends (...values: any[]) => unknown> {
    /** One for each row; `%s`, `%d`, `%j` and `$key` in the name are values of the row. */
    each<R>(table: readonly R[]): (
      name: string,
      run: (...values: R extends readonly unknown[] ? [...R, ...Parameters<F>] : [R, ...Parameters<F>]) => ReturnType<F>,
    ) => void;
  }
  interface Test extends Each<TestFunction> {
    (name: string, run: TestFunction): void;
  }
  interface Suite extends Each<() => void> {
    (name: string, define: () => void): void;
  }
  interface Modes<T> {
    readonly skip: T;
    readonly only: T;
    todo(name: string): void;
    skipIf(condition: unknown): T;
    runIf(condition: unknown): T;
  }
  export const test: Test & Modes<Test>;
  export const it: typeof test;
  export const describe: Suite & Modes<Suite>;
  export function beforeAll(run: () => Awaitable): void;
  export function afterAll(run: () => Awaitable): void;
  export function beforeEach(run: TestFunction): void;
  export function afterEach(run: TestFunction): void;

  interface Matchers<R> {
    readonly not: Matchers<R>;
    readonly resolves: Matchers<Promise<void>>;
    readonly rejects: Matchers<Promise<void>>;
    toBe(expected: unknown): R;
    toEqual(expected: unknown): R;
    toStrictEqual(expected: unknown): R;
    toMatchObject(expected: object): R;
    toContain(item: unknown): R;
    toContainEqual(item: unknown): R;
    toMatch(expected: string | RegExp): R;
    toThrow(expected?: string | RegExp | Error | (new (...values: any[]) => unknown)): R;
    toBeCloseTo(expected: number, digits?: number): R;
    toBeGreaterThan(expected: number | bigint): R;
    toBeGreaterThanOrEqual(expected: number | bigint): R;
    toBeLessThan(expected: number | bigint): R;
    toBeLessThanOrEqual(expected: number | bigint): R;
    toHaveLength(expected: number): R;
    toHaveProperty(path: string | readonly (string | number)[], value?: unknown): R;
    toBeInstanceOf(expected: new (...values: any[]) => unknown): R;
    toBeTypeOf(expected: string): R;
    toBeDefined(): R;
    toBeUndefined(): R;
    toBeNull(): R;
    toBeNaN(): R;
    toBeTruthy(): R;
    toBeFalsy(): R;
    toBeOneOf(expected: readonly unknown[]): R;
    toSatisfy(condition: (value: any) => boolean): R;
    toHaveBeenCalled(): R;
    toHaveBeenCalledTimes(count: number): R;
    toHaveBeenCalledWith(...values: unknown[]): R;
    toHaveBeenLastCalledWith(...values: unknown[]): R;
    toHaveReturnedWith(value: unknown): R;
    /** Compares with what an earlier run wrote to `__snapshots__`; `isolambda test --update` takes it over. */
    toMatchSnapshot(hint?: string): R;
  }
  interface Expect {
    (value: unknown, message?: string): Matchers<void>;
    any(type: unknown): any;
    anything(): any;
    arrayContaining(items: readonly unknown[]): any;
    objectContaining(fields: object): any;
    stringContaining(part: string): any;
    stringMatching(pattern: string | RegExp): any;
    closeTo(value: number, digits?: number): any;
    assertions(count: number): void;
    hasAssertions(): void;
    unreachable(message?: string): never;
    extend(matchers: Record<string, (received: any, ...values: any[]) => unknown>): void;
  }
  export const expect: Expect;

  interface Mock<F extends (...values: any[]) => any> {
    (...values: Parameters<F>): ReturnType<F>;
    readonly mock: { readonly calls: Parameters<F>[]; readonly results: { type: string; value: any }[] };
    mockReturnValue(value: ReturnType<F>): this;
    mockReturnValueOnce(value: ReturnType<F>): this;
    mockResolvedValue(value: Awaited<ReturnType<F>>): this;
    mockRejectedValue(value: unknown): this;
    mockImplementation(run: F): this;
    mockClear(): this;
    mockReset(): this;
    mockRestore(): void;
  }
  export const vi: {
    fn<F extends (...values: any[]) => any = (...values: any[]) => any>(run?: F): Mock<F>;
    spyOn<T extends object>(object: T, name: keyof T & string): Mock<(...values: any[]) => any>;
  };
}
