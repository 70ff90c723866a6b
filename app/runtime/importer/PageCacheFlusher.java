package org.neo4j.internal.batchimport.store;

import org.neo4j.io.pagecache.PageCache;

/**
 * Stands in front of the importer's class of this name, which writes every file of the store to the disk and waits for
 * it, over and over, as long as nodes and edges are imported. On two cores that takes a quarter of the time, and no
 * option turns it off. What is not written meanwhile is written when the importer closes the store.
 *
 * Compiled beside this file (docs/adr/0015): javac --release 17 -g:none -cp 'lib/*' -d . PageCacheFlusher.java
 */
class PageCacheFlusher extends Thread {
    PageCacheFlusher(PageCache pageCache) {
        super("PageCacheFlusher");
    }

    @Override
    public void run() {}

    void halt() {}
}
