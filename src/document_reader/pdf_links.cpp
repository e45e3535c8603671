#include "document_reader/pdf_links.hpp"

#include <qpdf/qpdf-c.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "intel/utf8.hpp"

// The C interface of qpdf: its functions catch what the library throws and answer with nothing.
namespace parley::document {
namespace {

/// Annotations of one page that are looked at; forms have thousands.
constexpr int max_annotations = 20'000;

struct Cleanup {
  void operator()(_qpdf_data* pdf) const { qpdf_cleanup(&pdf); }
};

/// Takes the links of one page; what is no link, or leads nowhere outside, is passed over.
class Collector {
 public:
  Collector(qpdf_data pdf, const DocumentLimits& limits) : pdf_(pdf), limits_(limits) {}

  void page(std::size_t number) {
    const qpdf_oh annotations = qpdf_oh_get_key(pdf_, qpdf_get_page_n(pdf_, number), "/Annots");
    const bool some = qpdf_oh_is_array(pdf_, annotations) != QPDF_FALSE;
    const int count = some ? std::min(qpdf_oh_get_array_n_items(pdf_, annotations), max_annotations) : 0;
    for (int i = 0; i < count; ++i) annotation(qpdf_oh_get_array_item(pdf_, annotations, i), number);
    qpdf_oh_release_all(pdf_);
  }
  std::vector<PdfLink> take() { return std::move(out_); }
  std::size_t lost() const { return lost_; }

 private:
  void annotation(qpdf_oh annotation, std::size_t number) {
    if (qpdf_oh_is_dictionary(pdf_, annotation) == QPDF_FALSE) return;
    const qpdf_oh action = qpdf_oh_get_key(pdf_, annotation, "/A");
    if (qpdf_oh_is_dictionary(pdf_, action) == QPDF_FALSE) return;
    const qpdf_oh uri = qpdf_oh_get_key(pdf_, action, "/URI");
    if (qpdf_oh_is_string(pdf_, uri) == QPDF_FALSE) return;
    std::size_t size = 0;
    const char* const text = qpdf_oh_get_binary_utf8_value(pdf_, uri, &size);
    if (text == nullptr) return;
    std::string target = link_target({text, size});
    if (target.empty()) return;
    if (target.size() > limits_.max_target_bytes || out_.size() >= limits_.max_targets ||
        !intel::is_utf8(target)) {
      ++lost_;
      return;
    }
    PdfLink link;
    link.page = number;
    link.target = std::move(target);
    const qpdf_oh place = qpdf_oh_get_key(pdf_, annotation, "/Rect");
    if (qpdf_oh_is_array(pdf_, place) != QPDF_FALSE && qpdf_oh_get_array_n_items(pdf_, place) == 4) {
      std::array<double, 4> corners{};
      for (int i = 0; i < 4; ++i)
        corners.at(static_cast<std::size_t>(i)) =
            qpdf_oh_get_numeric_value(pdf_, qpdf_oh_get_array_item(pdf_, place, i));
      link.left = std::min(corners[0], corners[2]);
      link.right = std::max(corners[0], corners[2]);
      link.bottom = std::min(corners[1], corners[3]);
      link.top = std::max(corners[1], corners[3]);
    }
    out_.push_back(std::move(link));
  }

  qpdf_data pdf_;
  const DocumentLimits& limits_;
  std::vector<PdfLink> out_;
  std::size_t lost_ = 0;
};

}  // namespace

std::vector<PdfLink> pdf_links(BytesView bytes, const DocumentLimits& limits,
                               std::vector<std::string>& warnings) {
  const std::unique_ptr<_qpdf_data, Cleanup> pdf(qpdf_init());
  qpdf_silence_errors(pdf.get());
  qpdf_set_suppress_warnings(pdf.get(), QPDF_TRUE);
  Collector collector(pdf.get(), limits);
  bool damaged = (qpdf_read_memory(pdf.get(), "report", reinterpret_cast<const char*>(bytes.data()),
                                   bytes.size(), nullptr) &
                  QPDF_ERRORS) != 0;
  const int pages = damaged ? -1 : qpdf_get_num_pages(pdf.get());
  damaged = damaged || pages < 0;
  for (std::size_t page = 0; pages > 0 && page < std::min(static_cast<std::size_t>(pages), limits.max_pages);
       ++page)
    collector.page(page);
  damaged = damaged || qpdf_has_error(pdf.get()) != QPDF_FALSE;
  if (damaged) warnings.emplace_back("the file is damaged: where its links lead may be missing");
  if (collector.lost() > 0)
    warnings.push_back("where " + std::to_string(collector.lost()) +
                       " links lead is not kept: they are too long or too many");
  return collector.take();
}

}  // namespace parley::document
