import { useId } from 'preact/hooks';

import { toolNameOf, toolOf, type FunctionDocument, type Tool } from '../../model/functions';

interface ToolFieldsProps {
  readonly document: FunctionDocument;
  readonly onChange: (document: FunctionDocument) => void;
}

const DESCRIPTION_CHARACTERS = 2_000;

/** Whether the function is a tool, and what a model reads of it. */
export function ToolFields({ document, onChange }: ToolFieldsProps) {
  const id = useId();
  const tool = toolOf(document);
  const { tool: _, ...rest } = document;
  const set = (change: Tool) => onChange({ ...rest, tool: change });
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={tool !== null}
          onChange={(event) => (event.currentTarget.checked ? set({ description: '' }) : onChange(rest))}
        />
        It is a tool: models may call it
      </label>
      {tool && (
        <>
          <div class="field">
            <label for={`${id}-description`}>What it does, and when to use it</label>
            <textarea
              id={`${id}-description`}
              rows={3}
              required
              maxLength={DESCRIPTION_CHARACTERS}
              placeholder="Returns the balance of a customer, in cents."
              value={tool.description}
              onInput={(event) => set({ ...tool, description: event.currentTarget.value })}
            />
          </div>
          <div class="field">
            <label for={`${id}-name`}>Name of the tool (optional)</label>
            <input
              id={`${id}-name`}
              class="mono"
              maxLength={64}
              pattern="[A-Za-z0-9_\-]+"
              placeholder={toolNameOf(document)}
              value={tool.name ?? ''}
              onInput={(event) => set(withName(tool, event.currentTarget.value))}
            />
            <p class="note">
              A model calls <code>{tool.name ?? toolNameOf(document)}</code>: the version of the alias <code>live</code>, or else
              the draft.
            </p>
          </div>
          <label class="check">
            <input
              type="checkbox"
              checked={tool.approval === true}
              onChange={(event) => set(withApproval(tool, event.currentTarget.checked))}
            />
            A person approves each call
          </label>
        </>
      )}
    </>
  );
}

function withName({ name: _, ...rest }: Tool, name: string): Tool {
  return name === '' ? rest : { ...rest, name };
}

function withApproval({ approval: _, ...rest }: Tool, isWanted: boolean): Tool {
  return isWanted ? { ...rest, approval: true } : rest;
}
