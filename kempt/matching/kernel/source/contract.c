/* Greedy additive contraction of a graph with signed weights: which records are one entity.
 *
 * Records are joined from the strongest mean weight down, until no two clusters are left whose mean weight over all
 * pairs between them exceeds the cut (average linkage on signed weights, a heuristic for correlation clustering:
 * Bansal, Blum and Chawla 2004, "Correlation clustering"). Weights are whole micro-bits and a cluster is named by its
 * smallest record, so the same graph ends in the same clusters whatever the order of its edges.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

/* What is known between a cluster and another: the sum of (weight - unknown) over known pairs, and whether one pair is
 * forbidden, which forbids the clusters. */
struct link {
    int32_t other;
    int32_t forbidden;
    int64_t sum;
};

struct cluster {
    struct link *links; /* by `other`, ascending */
    int64_t count, room;
    int64_t size; /* 0 once it is part of another */
};

struct offer {
    int64_t mean;
    int32_t left, right; /* left < right */
    int64_t left_size, right_size; /* an offer is stale once either has grown */
};

struct heap {
    struct offer *offers;
    int64_t count, room;
};

struct graph {
    struct cluster *clusters;
    int32_t *part_of; /* the cluster that took in a record's cluster */
    struct heap heap;
    int64_t unknown, cut;
};

/* Rounded towards minus infinity, so that it does not depend on the sign. */
static int64_t mean_of(const struct graph *graph, const struct link *link, int64_t pairs) {
    int64_t quotient = link->sum / pairs;
    return graph->unknown + quotient - (link->sum % pairs < 0);
}

static bool better(const struct offer *one, const struct offer *other) {
    if (one->mean != other->mean) return one->mean > other->mean;
    if (one->left != other->left) return one->left < other->left;
    return one->right < other->right;
}

static bool push(struct heap *heap, struct offer offer) {
    if (heap->count == heap->room) {
        int64_t room = heap->room ? 2 * heap->room : 1024;
        struct offer *moved = realloc(heap->offers, (size_t)room * sizeof *moved);
        if (!moved) return false;
        heap->offers = moved;
        heap->room = room;
    }
    int64_t at = heap->count++;
    while (at && better(&offer, &heap->offers[(at - 1) / 2])) {
        heap->offers[at] = heap->offers[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap->offers[at] = offer;
    return true;
}

static struct offer pop(struct heap *heap) {
    struct offer top = heap->offers[0], last = heap->offers[--heap->count];
    int64_t at = 0;
    for (;;) {
        int64_t child = 2 * at + 1;
        if (child >= heap->count) break;
        if (child + 1 < heap->count && better(&heap->offers[child + 1], &heap->offers[child])) child++;
        if (!better(&heap->offers[child], &last)) break;
        heap->offers[at] = heap->offers[child];
        at = child;
    }
    heap->offers[at] = last;
    return top;
}

/* Offers to join two clusters, where their mean is above the cut and nothing forbids it. */
static bool offer(struct graph *graph, int32_t one, const struct link *link) {
    int32_t left = one < link->other ? one : link->other, right = one < link->other ? link->other : one;
    int64_t left_size = graph->clusters[left].size, right_size = graph->clusters[right].size;
    int64_t mean = mean_of(graph, link, left_size * right_size);
    if (link->forbidden || mean <= graph->cut) return true;
    return push(&graph->heap, (struct offer){mean, left, right, left_size, right_size});
}

/* The first link whose other end is not before `other`. */
static int64_t place(const struct cluster *cluster, int32_t other) {
    int64_t low = 0, high = cluster->count;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (cluster->links[middle].other < other) low = middle + 1;
        else high = middle;
    }
    return low;
}

static bool append(struct cluster *cluster, struct link link) {
    if (cluster->count == cluster->room) {
        int64_t room = cluster->room ? 2 * cluster->room : 4;
        struct link *moved = realloc(cluster->links, (size_t)room * sizeof *moved);
        if (!moved) return false;
        cluster->links = moved;
        cluster->room = room;
    }
    cluster->links[cluster->count++] = link;
    return true;
}

/* In a third cluster's links, what was known of `gone` is now known of `kept`. */
static void retarget(struct cluster *third, int32_t kept, int32_t gone, const struct link *merged) {
    int64_t at = place(third, gone);
    bool had_gone = at < third->count && third->links[at].other == gone;
    if (had_gone) {
        memmove(&third->links[at], &third->links[at + 1], (size_t)(--third->count - at) * sizeof *third->links);
    }
    at = place(third, kept);
    if (at == third->count || third->links[at].other != kept) {
        /* It knew only `gone`, whose room is free now. */
        memmove(&third->links[at + 1], &third->links[at], (size_t)(third->count++ - at) * sizeof *third->links);
    }
    third->links[at] = (struct link){kept, merged->forbidden, merged->sum};
}

/* Joins `gone` into `kept`: their links are merged like two sorted lists. */
static bool join(struct graph *graph, int32_t kept, int32_t gone) {
    struct cluster *one = &graph->clusters[kept], *other = &graph->clusters[gone], both = {0};
    both.room = one->count + other->count;
    both.links = malloc((size_t)(both.room ? both.room : 1) * sizeof *both.links);
    if (!both.links) return false;
    int64_t i = 0, j = 0;
    while (i < one->count || j < other->count) {
        struct link link;
        if (j == other->count || (i < one->count && one->links[i].other < other->links[j].other)) {
            link = one->links[i++];
        } else if (i == one->count || other->links[j].other < one->links[i].other) {
            link = other->links[j++];
        } else {
            link = one->links[i++];
            link.sum += other->links[j].sum;
            link.forbidden |= other->links[j++].forbidden;
        }
        if (link.other != kept && link.other != gone) both.links[both.count++] = link;
    }
    both.size = one->size + other->size;
    free(one->links);
    free(other->links);
    *other = (struct cluster){0};
    *one = both;
    graph->part_of[gone] = kept;
    for (int64_t at = 0; at < both.count; at++) {
        retarget(&graph->clusters[both.links[at].other], kept, gone, &both.links[at]);
        if (!offer(graph, kept, &both.links[at])) return false;
    }
    return true;
}

static int contract(struct graph *graph, int64_t count) {
    for (int64_t record = 0; record < count; record++) {
        struct cluster *cluster = &graph->clusters[record];
        for (int64_t at = 0; at < cluster->count; at++) {
            if (cluster->links[at].other > record && !offer(graph, (int32_t)record, &cluster->links[at])) {
                return OUT_OF_MEMORY;
            }
        }
    }
    while (graph->heap.count) {
        struct offer best = pop(&graph->heap);
        const struct cluster *left = &graph->clusters[best.left], *right = &graph->clusters[best.right];
        if (left->size != best.left_size || right->size != best.right_size) continue;
        if (!join(graph, best.left, best.right)) return OUT_OF_MEMORY;
    }
    return DONE;
}

/* Clusters `count` records. Pairs are sorted by (left, right), left < right, each once; a pair that is not among them
 * weighs `unknown`. `forbidden` may be NULL. Writes the smallest record of each record's cluster to `cluster_of`. */
EXPORT int cluster_contract(int64_t count, const int32_t *left, const int32_t *right, const int64_t *bits,
                            const uint8_t *forbidden, int64_t pairs, int64_t unknown, int64_t cut,
                            int32_t *cluster_of) {
    struct graph graph = {.unknown = unknown, .cut = cut};
    size_t room = (size_t)(count ? count : 1);
    graph.clusters = calloc(room, sizeof *graph.clusters);
    graph.part_of = malloc(room * sizeof *graph.part_of);
    int state = graph.clusters && graph.part_of ? DONE : OUT_OF_MEMORY;
    for (int64_t record = 0; state == DONE && record < count; record++) {
        graph.clusters[record].size = 1;
        graph.part_of[record] = (int32_t)record;
    }
    /* In this order each record's links come sorted: first those to smaller records, then those to larger ones. */
    for (int64_t at = 0; state == DONE && at < pairs; at++) {
        struct link link = {left[at], forbidden && forbidden[at], bits[at] - unknown};
        if (!append(&graph.clusters[right[at]], link)) state = OUT_OF_MEMORY;
    }
    for (int64_t at = 0; state == DONE && at < pairs; at++) {
        struct link link = {right[at], forbidden && forbidden[at], bits[at] - unknown};
        if (!append(&graph.clusters[left[at]], link)) state = OUT_OF_MEMORY;
    }
    if (state == DONE) state = contract(&graph, count);
    for (int64_t record = 0; state == DONE && record < count; record++) {
        int32_t cluster = (int32_t)record;
        while (graph.part_of[cluster] != cluster) cluster = graph.part_of[cluster];
        cluster_of[record] = cluster;
    }
    for (int64_t record = 0; graph.clusters && record < count; record++) free(graph.clusters[record].links);
    free(graph.clusters);
    free(graph.part_of);
    free(graph.heap.offers);
    return state;
}

/* Connected components: writes the smallest record of each record's component. */
EXPORT void cluster_connect(int64_t count, const int32_t *left, const int32_t *right, int64_t pairs,
                            int32_t *component_of) {
    for (int64_t record = 0; record < count; record++) component_of[record] = (int32_t)record;
    for (int64_t at = 0; at < pairs; at++) {
        int32_t one = left[at], other = right[at];
        while (component_of[one] != one) one = component_of[one] = component_of[component_of[one]];
        while (component_of[other] != other) other = component_of[other] = component_of[component_of[other]];
        if (one < other) component_of[other] = one;
        else component_of[one] = other;
    }
    for (int64_t record = 0; record < count; record++) component_of[record] = component_of[component_of[record]];
}
