#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "document/document.hpp"

/// Links of PDF files, for pdf.cpp alone: poppler's stable interface does not tell them.
namespace parley::document {

/// A link of a page: where it stands, in points from the lower left corner, and where it leads.
struct PdfLink {
  std::size_t page = 0;  ///< from 0
  double left = 0;
  double bottom = 0;
  double right = 0;
  double top = 0;
  std::string target;
};

/// The links (annotations with a URI action) of the first pages, page by page, with the bounds of `limits`.
/// Adds to `warnings` when there are more, or when the file is damaged so that they cannot be read; never
/// fails. Linear in the file as unpacked.
std::vector<PdfLink> pdf_links(BytesView bytes, const DocumentLimits& limits,
                               std::vector<std::string>& warnings);

}  // namespace parley::document
