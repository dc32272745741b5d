import { Login } from './components/login';
import { Shell } from './components/shell';
import { Toasts } from './components/toast';
import { account, expired } from './session';

export function App() {
  if (!account.value) return <Login />;
  return (
    <>
      <Shell key={account.value.id} />
      <Toasts />
      {expired.value && <Login again />}
    </>
  );
}
