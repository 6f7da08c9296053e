import { signIn } from './api.ts';
import { h } from './dom.ts';

/** Asks for a key until one is good. */
export function createSignIn(onDone: () => void): HTMLElement {
  const input = h('input', {
    id: 'key',
    name: 'key',
    type: 'password',
    autocomplete: 'current-password',
    required: true,
    spellcheck: 'false',
    'aria-describedby': 'key-hint key-problem',
  });
  const problem = h('p', { id: 'key-problem', class: 'problem', role: 'alert' });
  const button = h('button', { type: 'submit', class: 'primary' }, 'Sign in');
  const submit = async (event: Event) => {
    event.preventDefault();
    button.disabled = true;
    problem.textContent = '';
    input.removeAttribute('aria-invalid');
    try {
      await signIn(input.value);
      onDone();
    } catch (error) {
      problem.textContent = (error as Error).message;
      input.setAttribute('aria-invalid', 'true');
      input.focus();
      input.select();
    } finally {
      button.disabled = false;
    }
  };
  return h(
    'section',
    { class: 'sign-in panel', 'aria-labelledby': 'sign-in-title' },
    h('h1', { id: 'sign-in-title' }, 'Sign in'),
    h(
      'form',
      { onsubmit: submit },
      h('label', { for: 'key' }, 'API key'),
      input,
      h(
        'p',
        { id: 'key-hint', class: 'hint' },
        'It begins with nj_. Whoever runs nightjar makes one: nightjar keys add NAME.',
      ),
      problem,
      button,
    ),
  );
}
