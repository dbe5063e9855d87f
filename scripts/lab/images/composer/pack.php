<?php
// php -d phar.readonly=0 pack.php FILE: packs Debian's Composer with the libraries that it looks for beside itself.

const LIBRARIES = '/usr/share/php';

$phar = new Phar($argv[1], 0, 'composer.phar');
$phar->startBuffering();
$files = new RecursiveIteratorIterator(
    new RecursiveDirectoryIterator(LIBRARIES, FilesystemIterator::SKIP_DOTS | FilesystemIterator::FOLLOW_SYMLINKS),
);
foreach ($files as $file) {
    if ($file->isFile()) {
        $phar->addFile($file->getPathname(), 'share/php' . substr($file->getPathname(), strlen(LIBRARIES)));
    }
}
$phar->addFromString('bin/composer', preg_replace('/^#!.*\n/', '', file_get_contents('/usr/bin/composer')));
$phar->setStub(<<<'STUB'
    #!/usr/bin/env php
    <?php
    Phar::mapPhar('composer.phar');
    set_include_path('phar://composer.phar/share/php');
    require 'phar://composer.phar/bin/composer';
    __HALT_COMPILER();
    STUB);
$phar->stopBuffering();
