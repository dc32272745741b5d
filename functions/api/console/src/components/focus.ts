import { useEffect } from 'preact/hooks';

/** Give the focus back, when this goes, to what had it before; what a custom part of the page hides is found too. */
export function useFocusBack(isWanted = true): void {
  useEffect(() => {
    if (!isWanted) return;
    const before = focused();
    return () => before?.focus();
  }, [isWanted]);
}

// The editor stands in a shadow root.
function focused(): HTMLElement | null {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at instanceof HTMLElement ? at : null;
}
