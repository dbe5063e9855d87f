import { mkdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { Clock, Kind, Logger } from '@webspaces/core'
import { FolderWatcher } from './folder-watcher.ts'
import type { ObjectFiles, Place } from './object-files.ts'
import type { ObjectFolder } from './object-folder.ts'

/** Editors write in several steps; an edit is looked at when it has been quiet for so long. */
const QUIET_MS = 40
const RESCAN_MS = 10_000
/** Where the system gives no more watches, looking has to do. */
const RESCAN_UNWATCHED_MS = 1_000
/** Looking takes at most this part of the time. */
const RESCAN_SHARE = 20

export interface FolderFollowerOptions {
  readonly folder: ObjectFolder
  readonly files: ObjectFiles
  readonly clock: Clock
  readonly logger: Logger
  /** Called after every look at everything. */
  readonly scanned: () => void
}

/**
 * Keeps the index current with what others do to the files: changed files are looked at as the system tells of them, and
 * everything from time to time, in case it did not.
 */
export class FolderFollower {
  readonly #folder: ObjectFolder
  readonly #files: ObjectFiles
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #scanned: () => void
  readonly #watcher: FolderWatcher
  readonly #stop = new AbortController()
  readonly #kinds = new Map<string, Kind>()
  #changedPlaces = new Map<string, Place>()
  #changedKinds = new Set<Kind>()
  #looking: Promise<void> | undefined
  #rescanning: Promise<void> = Promise.resolve()
  #everythingIsWatched = true

  constructor({ folder, files, clock, logger, scanned }: FolderFollowerOptions) {
    this.#folder = folder
    this.#files = files
    this.#clock = clock
    this.#logger = logger
    this.#scanned = scanned
    this.#watcher = new FolderWatcher(
      (path, file) => this.#noticed(path, file),
      (path, error) => {
        if (this.#everythingIsWatched) logger.warn('folder could not be watched', { folder: path, error })
        this.#everythingIsWatched = false
      },
    )
  }

  /** Resolves when everything that was there is in the index, and what comes from now on will be. */
  async start(): Promise<void> {
    for (const kind of this.#folder.kinds) await this.follow(kind)
    this.#rescanning = this.#rescan()
  }

  async follow(kind: Kind): Promise<void> {
    this.#kinds.set(this.#files.folder(kind), kind)
    await this.#scan(kind, { settle: false })
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    this.#watcher.close()
    await this.#looking
    await this.#rescanning
  }

  async #scan(kind: Kind, { settle } = { settle: true }): Promise<void> {
    await mkdir(this.#files.folder(kind), { recursive: true })
    // Watched before it is read: what changes in between is told.
    const unsettled = await this.#folder.scan(kind, {
      settle,
      onFolder: (folder) => this.#watcher.follow(folder),
    })
    for (const place of unsettled) this.#lookSoon(place)
  }

  #noticed(path: string, file: string | undefined): void {
    if (file?.startsWith('.') === true || this.#stop.signal.aborted) return
    const place = file === undefined ? undefined : this.#placeOf(join(path, file))
    if (place === undefined) {
      for (const [top, kind] of this.#kinds) {
        if (path === top || path.startsWith(top + sep)) this.#changedKinds.add(kind)
      }
    }
    this.#lookSoon(place)
  }

  #lookSoon(place: Place | undefined): void {
    if (place !== undefined) this.#changedPlaces.set(place.path, place)
    this.#looking ??= this.#lookAtChanges()
  }

  async #lookAtChanges(): Promise<void> {
    try {
      while ((this.#changedPlaces.size > 0 || this.#changedKinds.size > 0) && !this.#stop.signal.aborted) {
        await this.#clock.sleep(QUIET_MS, this.#stop.signal)
        const [places, kinds] = [this.#changedPlaces, this.#changedKinds]
        this.#changedPlaces = new Map()
        this.#changedKinds = new Set()
        for (const kind of kinds) await this.#scan(kind)
        for (const place of places.values()) {
          if ((await this.#folder.look(place, { settle: true })) === 'unsettled')
            this.#changedPlaces.set(place.path, place)
        }
      }
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#looking = undefined
    }
  }

  async #rescan(): Promise<void> {
    let took = 0
    while (!this.#stop.signal.aborted) {
      const pause = this.#everythingIsWatched ? RESCAN_MS : RESCAN_UNWATCHED_MS
      try {
        await this.#clock.sleep(Math.max(pause, took * RESCAN_SHARE), this.#stop.signal)
        const began = this.#clock.now()
        for (const kind of this.#folder.kinds) await this.#scan(kind)
        took = this.#clock.now() - began
        this.#scanned()
      } catch (error) {
        this.#failed(error)
      }
    }
  }

  /** The next look at everything comes to it again. */
  #failed(error: unknown): void {
    if (!this.#stop.signal.aborted) this.#logger.error('resource files could not be read', { error })
  }

  #placeOf(path: string): Place | undefined {
    for (const [top, kind] of this.#kinds) {
      const parts = relative(top, path).split(sep)
      if (parts[0] === '..') continue
      const place = this.#files.placeOf(kind, parts)
      if (place !== undefined) return place
    }
    return undefined
  }
}
