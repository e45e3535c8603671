#include "lookup/set_builder.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "lookup/fuse_builder.hpp"
#include "lookup/wiping.hpp"
#include "oprf/server.hpp"

namespace parley::lookup {
namespace {

// Items of one step and core: 8,192 evaluations at about 10 µs.
constexpr std::size_t step_items = 8192;
constexpr std::size_t task_items = 256;
// About as long as a domain name with its type.
constexpr std::size_t dummy_bytes = 32;

}  // namespace

SetBuilder::SetBuilder(std::vector<BytesView> items, std::vector<EncodedLabel> labels, oprf::KeyPair key,
                       Entropy& entropy)
    : items_(std::move(items)),
      labels_(std::move(labels)),
      key_(std::move(key)),
      entropy_(&entropy),
      id_(entropy.array<32>()),
      padded_(padded_items(static_cast<std::uint32_t>(items_.size()))),
      places_(padded_),
      fingerprints_(padded_) {}

SetBuilder::~SetBuilder() {
  wipe_elements(places_);
  wipe_elements(fingerprints_);
  wipe_elements(labels_);
}

Result<SetBuilder> SetBuilder::start(std::vector<BytesView> items, std::vector<EncodedLabel> labels,
                                     oprf::KeyPair key, Entropy& entropy) {
  if (items.size() > (labels.empty() ? max_items : max_labelled_items))
    return fail(ErrorKind::bad_input, "too many items for one look-up set");
  if (!labels.empty() && labels.size() != items.size())
    return fail(ErrorKind::bad_input, "every item of a labelled set needs a label");
  const auto not_before = [](BytesView a, BytesView b) {
    return !std::ranges::lexicographical_compare(a, b);
  };
  if (std::ranges::adjacent_find(items, not_before) != items.end())
    return fail(ErrorKind::bad_input, "the items of a set must be sorted, each once");
  SetBuilder out(std::move(items), std::move(labels), std::move(key), entropy);
  if (!out.labels_.empty()) out.labels_.resize(out.padded_);
  return out;
}

Result<bool> SetBuilder::step(Parallel& parallel) {
  if (!file_.empty()) return true;
  if (done_ < padded_) {
    PARLEY_CHECK(evaluate_some(parallel));
    return false;
  }
  PARLEY_CHECK(write());
  return true;
}

Result<void> SetBuilder::evaluate_some(Parallel& parallel) {
  const std::size_t count = std::min(padded_ - done_, step_items * parallel.width());
  const std::size_t real = std::clamp(items_.size(), done_, done_ + count) - done_;
  std::vector<BytesView> inputs(items_.begin() + static_cast<std::ptrdiff_t>(std::min(done_, items_.size())),
                                items_.begin() + static_cast<std::ptrdiff_t>(done_ + real));
  // Dummies are evaluated like items, so that the time to build a set tells its padded size and no more. A
  // zero byte is where no item begins.
  Bytes dummies((count - real) * dummy_bytes);
  entropy_->fill(dummies);
  for (std::size_t i = 0; i < count - real; ++i) {
    dummies[i * dummy_bytes] = 0;
    inputs.push_back(BytesView(dummies).subspan(i * dummy_bytes, dummy_bytes));
    if (!labels_.empty()) entropy_->fill(labels_[done_ + real + i]);
  }
  PARLEY_TRY(const oprf::Outputs values, oprf::evaluate(oprf::Mode::voprf, inputs, key_, parallel));
  parallel.run((count + task_items - 1) / task_items, [&](std::size_t task) {
    const std::size_t end = std::min(count, (task + 1) * task_items);
    for (std::size_t i = task * task_items; i < end; ++i) {
      const ItemKey item = item_key(values[i], id_);
      places_[done_ + i] = item.place;
      fingerprints_[done_ + i] = item.fingerprint;
      if (labels_.empty()) continue;
      const LabelPad pad = label_pad(values[i], id_);
      for (std::size_t k = 0; k < label_bytes; ++k) labels_[done_ + i][k] ^= pad.view()[k];
    }
  });
  done_ += count;
  return {};
}

Result<void> SetBuilder::write() {
  const ByteArray<8> seed = entropy_->array<8>();
  PARLEY_TRY(const FusePlan plan, FusePlan::make(places_, *ByteReader(seed).u64()));
  SetHeader header;
  header.id = id_;
  header.items = padded_;
  header.has_labels = !labels_.empty();
  header.layout = plan.layout();
  header.seed = plan.seed();
  file_ = encode_set_header(header);
  file_.resize(header.file_bytes());
  const std::span<std::uint8_t> rows = std::span(file_).subspan(set_header_bytes);
  const std::size_t filter_bytes = header.layout.slots() * fingerprint_bytes;
  const auto bytes_of = [](const auto& rows_of_bytes) {
    return BytesView(rows_of_bytes.data()->data(), rows_of_bytes.size() * rows_of_bytes.data()->size());
  };
  plan.fill(fingerprint_bytes, bytes_of(fingerprints_), *entropy_, rows.first(filter_bytes));
  if (!labels_.empty()) plan.fill(label_bytes, bytes_of(labels_), *entropy_, rows.subspan(filter_bytes));
  return {};
}

Bytes SetBuilder::take() {
  PARLEY_ASSERT(!file_.empty());
  return std::move(file_);
}

}  // namespace parley::lookup
