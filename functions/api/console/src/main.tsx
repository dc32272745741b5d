import { render } from 'preact';

import { App } from './app';
import './style/index.css';
import { applyTheme } from './theme';

applyTheme();
const app = document.getElementById('app')!;
app.replaceChildren();
render(<App />, app);
