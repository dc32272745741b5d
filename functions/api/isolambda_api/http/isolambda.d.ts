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
  /** `kazoo`, `codemash` or `pivot`, or the type of a trigger. */
  readonly trigger: string;
  readonly trigger_id: string | null;
  readonly event_id: string | null;
  /** Empty but for CodeMash. */
  readonly meta: Readonly<Record<string, string>>;
  readonly tokens: Readonly<Record<string, string>>;
  /** When the wall time is over, in Unix milliseconds. */
  readonly deadline_ms: number;
}

type BufferSource = ArrayBufferView | ArrayBuffer;
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
declare function setTimeout(callback: (...values: any[]) => void, milliseconds?: number, ...values: any[]): number;
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
  var instantiate: { (module: Module, imports?: Imports): Promise<Instance>; (bytes: BufferSource, imports?: Imports): Promise<InstantiatedSource> };
  function validate(bytes: BufferSource): boolean;
}
