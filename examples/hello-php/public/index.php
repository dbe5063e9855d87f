<?php

declare(strict_types=1);

// Every path that is no file of public/ comes here.
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) ?: '/';
if ($path !== '/') {
    http_response_code(404);
}
?>
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>It is live.</title>
    <style>
      :root {
        color-scheme: light dark;
        --ink: light-dark(#1c2430, #e8ecf2);
        --soft: light-dark(#5b6675, #9aa7b8);
        --paper: light-dark(#f7f5f1, #14181f);
        --card: light-dark(#ffffff, #1d232d);
        --line: light-dark(#e4dfd6, #2c3542);
        --accent: light-dark(#0a7d5a, #4fd1a5);
      }
      * {
        box-sizing: border-box;
      }
      body {
        margin: 0;
        padding: 12vh 1.5rem 4rem;
        background: var(--paper);
        color: var(--ink);
        font: 1.0625rem/1.6 system-ui, sans-serif;
      }
      main {
        max-width: 40rem;
        margin: 0 auto;
      }
      h1 {
        margin: 0 0 0.5rem;
        font-size: clamp(2rem, 6vw, 3rem);
        line-height: 1.1;
        letter-spacing: -0.02em;
      }
      .lead {
        margin: 0 0 2.5rem;
        color: var(--soft);
        font-size: 1.2rem;
      }
      section {
        margin: 0 0 1rem;
        padding: 1.25rem 1.5rem;
        border: 1px solid var(--line);
        border-radius: 0.75rem;
        background: var(--card);
      }
      h2 {
        margin: 0 0 0.25rem;
        font-size: 1.0625rem;
      }
      p {
        margin: 0;
      }
      pre {
        margin: 0.75rem 0 0;
        overflow-x: auto;
      }
      code {
        color: var(--accent);
        font: 0.9375rem/1.7 ui-monospace, monospace;
      }
      footer {
        margin-top: 2.5rem;
        color: var(--soft);
        font-size: 0.875rem;
      }
    </style>
  </head>
  <body>
    <main>
      <h1>It is live.</h1>
      <p class="lead">This page came here by <code>git push</code>. Make it yours.</p>
      <section>
        <h2>Change it</h2>
        <p>Edit <code>public/index.php</code> in your clone, then push. The new page is here when the push ends.</p>
        <pre><code>git commit -am "Say hello"
git push</code></pre>
      </section>
      <section>
        <h2>Show it to someone first</h2>
        <p>Any other branch gets an address of its own, printed at the end of the push.</p>
        <pre><code>git push origin HEAD:new-look</code></pre>
      </section>
      <section>
        <h2>Add a package</h2>
        <p>With the first requirement in <code>composer.json</code>, every push installs what <code>composer.lock</code> says.</p>
        <pre><code>composer require league/commonmark
git add composer.json composer.lock</code></pre>
      </section>
      <footer>PHP <?= PHP_VERSION ?>, you asked for <code><?= htmlspecialchars($path) ?></code></footer>
    </main>
  </body>
</html>
