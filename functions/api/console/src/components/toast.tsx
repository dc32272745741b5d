import { signal } from '@preact/signals';

const SHOWN_MS = 6_000;

const toasts = signal<readonly { readonly number: number; readonly text: string }[]>([]);
let last = 0;

/** Say that something was done, in a corner, and to screen readers. */
export function toast(text: string): void {
  last += 1;
  const number = last;
  toasts.value = [...toasts.value, { number, text }];
  setTimeout(() => {
    toasts.value = toasts.value.filter((each) => each.number !== number);
  }, SHOWN_MS);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ number, text }) => (
        <p key={number}>{text}</p>
      ))}
    </div>
  );
}
