// The only import of tsyringe: it refuses to load unless reflect-metadata was loaded before it.
import 'reflect-metadata'

export { inject, injectable, container, instanceCachingFactory, Lifecycle, type DependencyContainer } from 'tsyringe'
