/** The one style sheet of the platform's pages: small, no fonts, no images, light or dark as the reader's system is. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --line: #e2e5ea; --text: #1b1f27; --soft: #5b6472; --link: #0b57c2; --code: #eef0f4;
  --good: #0f6b3a; --good-fill: #dcf3e5; --busy: #7a4b00; --busy-fill: #fdeccb;
  --bad: #a3202b; --bad-fill: #fbe1e2; --idle: #4a5361; --idle-fill: #e8ebf0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #101319; --card: #181c24; --line: #2a303b; --text: #e7eaf0; --soft: #9aa4b2; --link: #83b4ff; --code: #222833;
    --good: #7fdca4; --good-fill: #12331f; --busy: #f4c46d; --busy-fill: #3a2a0a;
    --bad: #ff9aa0; --bad-fill: #401519; --idle: #b4bdca; --idle-fill: #262c37;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 3rem 1.25rem; background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, 'Segoe UI', sans-serif; overflow-wrap: anywhere;
}
main { max-width: 52rem; margin: 0 auto; }
h1, h2, p, ul, dl, dd, pre { margin: 0; padding: 0; }
h1 { font-size: 1.75rem; line-height: 1.25; letter-spacing: -.015em; text-wrap: balance; }
h2 { font-size: 1.15rem; letter-spacing: -.005em; }
a { color: var(--link); text-underline-offset: .18em; text-decoration-thickness: .07em; }
a:focus-visible { outline: 3px solid var(--link); outline-offset: 3px; border-radius: .2rem; }
code, pre { font: .875em/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { background: var(--code); border-radius: .3rem; padding: .12em .38em; }
pre { background: var(--code); border-radius: .5rem; padding: .75rem 1rem; white-space: pre-wrap; }
pre code { background: none; padding: 0; font: inherit; }
.soft { color: var(--soft); }
.small { font-size: .9rem; }

header.page { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: .25rem 1rem; margin-bottom: 1.5rem; }
.site { background: var(--card); border: 1px solid var(--line); border-radius: .85rem; margin-bottom: 1.1rem; padding: 1.2rem 1.35rem; }
.site > * + * { margin-top: .8rem; }
.head { display: flex; flex-wrap: wrap; align-items: center; gap: .35rem .75rem; }
.head .soft { margin-left: auto; }
.state { border-radius: 1rem; font-size: .82rem; font-weight: 600; line-height: 1; padding: .34em .7em .4em; white-space: nowrap; }
.good { color: var(--good); background: var(--good-fill); }
.busy { color: var(--busy); background: var(--busy-fill); }
.bad { color: var(--bad); background: var(--bad-fill); }
.idle { color: var(--idle); background: var(--idle-fill); }
.note { border-left: 3px solid var(--line); padding-left: .8rem; }
.branches { list-style: none; border-top: 1px solid var(--line); }
.branches li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .15rem 1rem; align-items: center; border-bottom: 1px solid var(--line); padding: .7rem 0; }
.branches li > .small { grid-column: 1 / -1; }
.branches .facts { display: flex; flex-wrap: wrap; gap: 0 1.1rem; }
.clone { display: flex; flex-wrap: wrap; gap: .3rem .6rem; align-items: baseline; }

.error { max-width: 36rem; margin-top: 8vh; }
.error > * + * { margin-top: .9rem; }
.error .status { color: var(--soft); font-size: .95rem; font-weight: 600; letter-spacing: .08em; }
.error footer { border-top: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: .4rem 1rem; justify-content: space-between; padding-top: 1rem; margin-top: 1.6rem; }
@media (max-width: 32rem) { body { padding: 1.5rem .9rem; } .site { padding: 1rem; } .head .soft { margin-left: 0; width: 100%; } }
`
