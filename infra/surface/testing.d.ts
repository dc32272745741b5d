
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
