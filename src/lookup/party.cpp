#include "lookup/party.hpp"

#include "lookup/wire.hpp"
#include "oprf/server.hpp"

namespace parley::lookup {

crypto::Hash256 transcript_hash(const crypto::Hash256& set_hash, BytesView query, BytesView answer) {
  Bytes bytes = to_bytes("parley/lookup/transcript/1");
  append(bytes, BytesView(set_hash));
  append_prefixed(bytes, query);
  append_prefixed(bytes, answer);
  return crypto::sha256(bytes);
}

Result<Bytes> Asker::ask(std::vector<Bytes> items, Entropy& entropy, Parallel& parallel) {
  if (items.empty() || items.size() > max_batch)
    return fail(ErrorKind::usage, "a batch has 1 to " + std::to_string(max_batch) + " look-ups");
  items_ = std::move(items);
  const std::vector<BytesView> inputs(items_.begin(), items_.end());
  PARLEY_TRY(blinding_, oprf::blind(oprf::Mode::voprf, inputs, entropy, parallel));
  return encode_query(blinding_.elements);
}

Result<std::vector<Finding>> Asker::take(BytesView answer, Parallel& parallel) {
  const std::vector<Bytes> items = std::exchange(items_, {});
  const oprf::Blinding blinding = std::exchange(blinding_, {});
  if (items.empty()) return fail(ErrorKind::bad_input, "an answer to no question");
  PARLEY_TRY(const Answer parsed, parse_answer(answer, items.size()));
  const std::vector<BytesView> inputs(items.begin(), items.end());
  PARLEY_TRY(const oprf::Outputs values,
             oprf::finalize_verified(inputs, blinding, parsed.elements, public_key_, parsed.proof, parallel));
  const SetId& id = set_.header().id;
  std::vector<ItemKey> keys(values.size());
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = item_key(values[i], id);
  const std::vector<Entry> entries = set_.find(keys);
  std::vector<Finding> out(entries.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].hit = entries[i].listed;
    if (!out[i].hit || !set_.header().has_labels) continue;
    const LabelPad pad = label_pad(values[i], id);
    EncodedLabel encoded = entries[i].label;
    for (std::size_t k = 0; k < label_bytes; ++k) encoded[k] ^= pad.view()[k];
    // What opens to no label is no item of a labelled set: chance (2^-40) or a peer that holds nothing here.
    if (auto label = decode_label(encoded))
      out[i].label = std::move(*label);
    else
      out[i].hit = false;
  }
  return out;
}

Result<Bytes> answer_query(const oprf::KeyPair& key, BytesView query, Entropy& entropy, Parallel& parallel) {
  PARLEY_TRY(const std::vector<crypto::EncodedPoint> elements, parse_query(query));
  PARLEY_TRY(oprf::VerifiableEvaluation evaluation,
             oprf::blind_evaluate_verifiably(elements, key, entropy, parallel));
  return encode_answer({std::move(evaluation.elements), evaluation.proof});
}

}  // namespace parley::lookup
