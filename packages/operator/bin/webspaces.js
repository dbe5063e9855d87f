#!/usr/bin/env node
// Not dist/cli/main.js itself: npm links commands when it installs, which in a checkout is before the first build, and
// leaves out those whose file is not there yet.
import '../dist/cli/main.js'
