#pragma once

#include <cstddef>

namespace parley::state {

/// Largest raw object, in bytes.
inline constexpr std::size_t max_object_bytes = 16U << 20;
/// Longest object id, type, version and created_by, in bytes.
inline constexpr std::size_t max_name_bytes = 512;
/// Most references of one version of an object.
inline constexpr std::size_t max_references = 100'000;
/// Most labels in a set, and the longest label in bytes.
inline constexpr std::size_t max_labels = 1'000;
inline constexpr std::size_t max_label_bytes = 1'024;
/// Longest text of a source (name, path), in bytes.
inline constexpr std::size_t max_source_bytes = 4'096;
/// Longest name of a collection, a document id and a counter, in bytes.
inline constexpr std::size_t max_collection_bytes = 64;
inline constexpr std::size_t max_document_id_bytes = 512;
/// Largest document, in bytes.
inline constexpr std::size_t max_document_bytes = 16U << 20;
/// Most items of one page, and of one `put` batch.
inline constexpr std::size_t max_page = 10'000;
inline constexpr std::size_t max_batch = 1'000'000;

}  // namespace parley::state
