<?php
// Stands before every request of PHP's own web server, and does what apache.conf does in an image: a file is served, a
// folder by its index, all else by the front controller; what is hidden or belongs to the build is not there.
//
// No function around the end: the front controller has to run in the global scope.

// The router in front ends TLS and says so; frameworks look at HTTPS to build links.
if (($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '') === 'https') {
    $_SERVER['HTTPS'] = 'on';
}

switch (webspaces_answer($_SERVER['DOCUMENT_ROOT'], rawurldecode(explode('?', $_SERVER['REQUEST_URI'], 2)[0]))) {
    case 'as it is':
        return false;
    case 'front controller':
        $_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
        $_SERVER['SCRIPT_FILENAME'] = $_SERVER['DOCUMENT_ROOT'] . '/index.php';
        unset($_SERVER['PATH_INFO']);
        require $_SERVER['SCRIPT_FILENAME'];
        return true;
    case 'folder':
        $query = $_SERVER['QUERY_STRING'] ?? '';
        $path = '/' . implode('/', array_map('rawurlencode', explode('/', webspaces_path($_SERVER['REQUEST_URI'])))) . '/';
        header('Location: ' . $path . ($query === '' ? '' : "?$query"), true, 301);
        return true;
    default:
        http_response_code(404);
        if (is_file($_SERVER['DOCUMENT_ROOT'] . '/404.html')) {
            readfile($_SERVER['DOCUMENT_ROOT'] . '/404.html');
        } else {
            header('Content-Type: text/plain; charset=utf-8');
            echo "Not found\n";
        }
        return true;
}

function webspaces_answer(string $root, string $path): string
{
    if (preg_match('~\0|\\\\|/\.(?!well-known(/|$))~', $path) === 1) {
        return 'missing';
    }
    // A script may have more of the path behind it: /feed.php/2026/11
    $script = preg_match('~^.+?\.php(?=/)~', $path, $match) === 1 ? $match[0] : $path;
    $file = is_file($root . $script) ? realpath($root . $script) : realpath($root . $path);
    if ($file !== false && !webspaces_is_public($file)) {
        return 'missing';
    }
    if ($file !== false && is_file($file)) {
        return 'as it is';
    }
    if ($file !== false && (is_file("$file/index.php") || is_file("$file/index.html"))) {
        return str_ends_with($path, '/') ? 'as it is' : 'folder';
    }
    return is_file("$root/index.php") ? 'front controller' : 'missing';
}

/**
 * Whether a file is part of the site, and not of its build. A link may lead out of the document root (Laravel has
 * public/storage), and not out of the repository.
 */
function webspaces_is_public(string $file): bool
{
    $repository = dirname(__DIR__);
    $build = '~^/((vendor|node_modules)(/|$)|((composer|auth|package(-lock)?)\.(json|lock)|yarn\.lock|pnpm-lock\.yaml'
        . '|Procfile|Dockerfile)$)~';
    return str_starts_with("$file/", "$repository/") && preg_match($build, substr($file, strlen($repository))) !== 1;
}

/** Without slashes at its ends: two at the beginning would name another host. */
function webspaces_path(string $uri): string
{
    return trim(preg_replace('~/+~', '/', rawurldecode(explode('?', $uri, 2)[0])), '/');
}
