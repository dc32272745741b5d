import { useLayoutEffect } from 'preact/hooks';

// What moves the focus, or listens for keys, comes with the page that it is of (`useLayoutEffect`): a key that is pressed
// between a page and the next frame would be lost, or go to what had the focus before.

/** Give the focus back, when this goes, to what had it before; what a custom part of the page hides is found too. */
export function useFocusBack(isWanted = true): void {
  useLayoutEffect(() => {
    if (!isWanted) return;
    const before = focused();
    // What goes is still there now, and a dialog keeps the focus as long as it is.
    return () => queueMicrotask(() => before?.focus());
  }, [isWanted]);
}

// The editor stands in a shadow root.
function focused(): HTMLElement | null {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at instanceof HTMLElement ? at : null;
}
