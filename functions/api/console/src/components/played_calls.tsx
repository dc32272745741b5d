import type { PlayedCall } from '../model/calls';

/** What came of saved calls: of each that failed where, what was expected there, and what came. */
export function PlayedCalls({ calls, label }: { calls: readonly PlayedCall[]; label: string }) {
  return (
    <ul class="played" aria-label={label}>
      {calls.map((call, at) => (
        <li key={at}>
          <div class="bar">
            <span class={call.passed ? 'badge good' : 'badge bad'}>{call.passed ? 'passed' : 'failed'}</span>
            <b>{call.name}</b>
            {call.version !== undefined && <span class="note">on version {call.version}</span>}
          </div>
          {!call.passed && (
            <>
              <p>
                {call.path ? <code>{call.path}</code> : 'It'} {call.message}
              </p>
              <dl class="facts">
                <dt>Expected</dt>
                <dd>
                  <pre>{JSON.stringify(call.expected, null, 2)}</pre>
                </dd>
                <dt>Got</dt>
                <dd>
                  <pre>{JSON.stringify(call.got, null, 2)}</pre>
                </dd>
              </dl>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
