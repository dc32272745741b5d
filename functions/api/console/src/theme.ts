// Light or dark: as the system has it, until the switch says otherwise. The choice is kept, for it is no secret.

import { signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const STORED = 'isolambda.theme';

export const theme = signal<Theme>(stored());

export function applyTheme(): void {
  document.documentElement.dataset['theme'] = theme.value;
}

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  applyTheme();
  try {
    localStorage.setItem(STORED, chosen);
  } catch {
    // A browser that keeps nothing shows it until the reload.
  }
}

function stored(): Theme {
  try {
    const kept = localStorage.getItem(STORED);
    return kept === 'light' || kept === 'dark' ? kept : 'system';
  } catch {
    return 'system';
  }
}
