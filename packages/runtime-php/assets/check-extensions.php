<?php
// php check-extensions.php NAME… : says which of the extensions that the site requires this machine's PHP lacks.

$missing = array_filter(array_slice($argv, 1), static fn (string $name): bool => !extension_loaded(
    $name === 'opcache' ? 'Zend OPcache' : $name,
));
if ($missing !== []) {
    fwrite(STDERR, 'PHP ' . PHP_VERSION . ' on this machine lacks: ' . implode(', ', $missing) . "\n");
    fwrite(STDERR, 'On Debian they are in packages like php-' . reset($missing) . ".\n");
    exit(1);
}
