// Passkeys, on pages of the app alone. The mailed code works without this file.

const bytes = (text) => {
  const padded = text.replace(/-/g, '+').replace(/_/g, '/');
  return Uint8Array.from(atob(padded), (char) => char.charCodeAt(0));
};
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

// What the server sends is JSON; what browsers take has bytes in these places.
function unpacked(options) {
  const keys = (list) => (list ?? []).map((key) => ({ ...key, id: bytes(key.id) }));
  options.challenge = bytes(options.challenge);
  if (options.user) {
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = keys(options.excludeCredentials);
  } else options.allowCredentials = keys(options.allowCredentials);
  return options;
}

async function answer(form) {
  const fields = new URLSearchParams(new FormData(form));
  const started = await fetch(form.dataset.start, { method: 'POST', body: fields, headers: { accept: 'application/json' } });
  // The session or the proof is too old: the page itself knows the way.
  if (!started.ok) return location.reload();
  const publicKey = unpacked(await started.json());
  const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
  const { response } = credential;
  const values = {
    credential: credential.id,
    client_data: text(response.clientDataJSON),
    authenticator_data: text(response.authenticatorData ?? response.getAuthenticatorData()),
    signature: response.signature ? text(response.signature) : '',
  };
  for (const [name, value] of Object.entries(values)) {
    form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
  }
  form.submit();
}

for (const form of document.querySelectorAll('form[data-passkey]')) {
  const button = form.querySelector('button');
  const status = form.querySelector('[role="status"]');
  const { origin, here, unsupported, stopped } = form.dataset;
  if (location.origin !== origin) {
    const link = Object.assign(document.createElement('a'), { href: origin + location.pathname + location.search, textContent: origin });
    status.append(`${here} `, link);
  } else if (!window.PublicKeyCredential) status.textContent = unsupported;
  else {
    button.hidden = false;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      button.disabled = true;
      status.textContent = '';
      await answer(form).catch(() => { status.textContent = stopped; });
      button.disabled = false;
    });
  }
}
