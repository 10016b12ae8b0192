/**
 * Invited: on a page by invitation only, what is pasted as an invitation opens the page with it. What is none, the
 * endpoint answers, as it does without a script.
 */

const form = document.querySelector('.invited');

form.addEventListener('submit', (event) => {
    const [, token] = form.elements.invite.value.match(/(?:invite(?:=|%3D)|^\s*)([\w-]+\.[\w-]{43})/) ?? [];
    if (!token) return;
    event.preventDefault();
    const query = new URLSearchParams(location.search);
    query.set('invite', token);
    location.search = query;
});
