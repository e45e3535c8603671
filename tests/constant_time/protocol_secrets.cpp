// Runs what the matching protocols and look-ups do with secrets while MemorySanitizer holds these for
// undefined: a branch or an address that depends on one ends the program with a report. Secrets here: Δ and
// the choices of the base OT, exponents, seeds and nodes of trees, positions and values of the noise, the
// vectors of the VOLE, keys and values of items, bands of the store, inputs and keys of an OPRF.
//
// `leak branch|address PART` does just that with a result of a part, to show that nothing on the way lost the
// mark. OpenSSL and libsodium are not instrumented: what they wrote counts as public again, so a part names
// the results that reach it through their hashes in a comment and is not asked for their marks.
//
// Not here, because it does depend on secrets: the order in which keys are sorted by the start of their
// bands, the start itself (an address), the elimination of the store, the sort of masks
// (docs/spec/matching-vole.md, "Time"); and sampling by rejection, which tells nothing of what it takes.
#include <openssl/crypto.h>
#include <sanitizer/msan_interface.h>

#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

#include "block/aes.hpp"
#include "block/gf128.hpp"
#include "match/vole_hash.hpp"
#include "okvs/band_sums.hpp"
#include "okvs/row_hash.hpp"
#include "oprf/client.hpp"
#include "oprf/server.hpp"
#include "vole/base_ot.hpp"
#include "vole/correlation.hpp"
#include "vole/fold.hpp"
#include "vole/noise.hpp"
#include "vole/small_field.hpp"

namespace {

using namespace parley;
using block::Block;
using block::BlockVector;
using block::Path;

class CountingEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out)
      byte = static_cast<std::uint8_t>((state_ = state_ * 6364136223846793005 + 1) >> 56);
  }

 private:
  std::uint64_t state_ = 1;
};

CountingEntropy& entropy() {
  static CountingEntropy out;
  return out;
}
SerialParallel& serial() {
  static SerialParallel out;
  return out;
}

template <class T>
void mark(std::span<T> data) {
  __msan_poison(const_cast<std::remove_const_t<T>*>(data.data()), data.size_bytes());
}
template <class T>
void mark(const T& value) {
  __msan_poison(const_cast<T*>(&value), sizeof value);
}
template <class T>
void publish(std::span<T> data) {
  __msan_unpoison(const_cast<std::remove_const_t<T>*>(data.data()), data.size_bytes());
}
void mark(const BlockVector& blocks) {
  mark(blocks.span());
}

BlockVector fresh(std::size_t count) {
  BlockVector out(count);
  entropy().fill(block::mutable_bytes_of(out.span()));
  return out;
}
BlockVector secret(std::size_t count) {
  BlockVector out = fresh(count);
  mark(out);
  return out;
}

const char* part = "";
std::string_view leak_how;
std::string_view leak_part;
bool failed = false;

/// A result of the present part: it must still be marked. With `leak`, decides something by it.
void result(BytesView bytes) {
  if (leak_part == part) {
    static const int table[256] = {1, 2, 3};
    volatile int out = 0;
    if (leak_how == "address") out = table[bytes[bytes.size() / 2]];
    if (leak_how == "branch" && (bytes[bytes.size() / 2] & 1) != 0) out = 1;
    static_cast<void>(out);
    std::_Exit(0);
  }
  if (__msan_test_shadow(bytes.data(), bytes.size()) >= 0) return;
  std::printf("not ok - %s: the mark of a secret was lost\n", part);
  failed = true;
}
void result(std::span<const Block> blocks) {
  result(block::bytes_of(blocks));
}

void field(Path path) {
  part = "field";
  const BlockVector a = secret(37);
  BlockVector out = secret(37);
  Block delta = fresh(1)[0];
  mark(delta);
  block::mul_add_constant(out.span(), a.span(), delta, path);
  result(out.span());
  block::mul_constant(out.span(), a.span(), delta, path);
  result(out.span());
  const Block product = block::mul(a[0], delta, path);
  result({&product, 1});
  const Block sum = block::inner_product(a.span(), out.span(), path);
  result({&sum, 1});
}

// AES of Path::portable is OpenSSL's.
void hashes(Path path) {
  part = "hashes";
  const BlockVector in = secret(37);
  const BlockVector keys = secret(37);
  BlockVector out(37);
  const block::FixedKeyHash hash(Block{1, 2});
  hash.mmo(out.span(), in.span(), path);
  if (path != Path::portable) result(out.span());
  hash.tccr(out.span(), in.span(), 5, path);
  if (path != Path::portable) result(out.span());
  block::davies_meyer(out.span(), keys.span(), in.span(), path);
  if (path != Path::portable) result(out.span());
  block::aes_stream(keys[0], out.span(), 3, path);
  if (path != Path::portable) result(out.span());
  BlockVector nodes = secret(64);
  const auto sums = block::GgmGenerator(Block{1, 2}, Block{3, 4}).expand(nodes.span(), path);
  if (path != Path::portable) {
    result(nodes.span());
    result(sums);
  }
}

void positions(Path path) {
  part = "positions";
  BlockVector nodes = fresh(101);
  std::uint64_t index = 77;
  Block value = fresh(1)[0];
  mark(index);
  mark(value);
  vole::add_at(nodes.span(), index, value, path);
  result(nodes.span().subspan(77, 1));
  const Block found = vole::select_at(nodes.span(), index, path);
  result({&found, 1});
  BlockVector streams = secret(256 * vole::fold_words);
  BlockVector sums(9 * vole::fold_words);
  vole::fold(streams.data(), sums.data(), path);
  result(sums.span());
}

struct Vole {
  vole::VoleParameters parameters;
  vole::Transcript transcript{parameters};
  vole::PublicKeys keys{transcript};
  explicit Vole(std::uint64_t count) {
    parameters.count = count;
    transcript = vole::Transcript(parameters);
    keys = vole::PublicKeys(transcript);
    __msan_unpoison(&keys, sizeof keys);  // out of SHA-256 by OpenSSL, which marks nothing as written
  }
};

// Both ends of SoftSpoken. What goes to the other side, and what was checked, is public.
void small_fields() {
  part = "small-fields";
  Vole vole(700);
  const vole::Layout layout(vole.parameters);
  const Block delta_plain = fresh(1)[0];
  Block delta = delta_plain;
  BlockVector both = fresh(2 * vole::delta_bits);
  BlockVector chosen(vole::delta_bits);
  for (unsigned i = 0; i < vole::delta_bits; ++i) chosen[i] = both[2 * i + 1 - delta_plain.bit(i)];
  mark(delta);
  mark(both);
  mark(chosen);
  vole::SmallFieldHolder holder(vole.keys.small_trees, both.span());
  Bytes tree_part = holder.tree_part();
  Bytes corrections(layout.column_bytes());
  holder.expand(layout.words, corrections, serial());
  result(holder.u());
  result(holder.v().blocks.span());
  publish(std::span(tree_part));
  publish(std::span(corrections));
  auto guesser = vole::SmallFieldGuesser::make(vole.keys.small_trees, delta, chosen.span(), tree_part);
  if (!guesser) {
    std::printf("not ok - %s: the small trees do not fit\n", part);
    failed = true;
    return;
  }
  guesser->expand(delta, layout.words, corrections, serial());
  result(guesser->q().blocks.span());
  BlockVector values(layout.noise + 1);
  vole::combine(guesser->q(), 0, values.span());
  result(values.span());
  result(vole::rows(guesser->q(), layout.first_choice_word(), layout.choices()).span());
  const vole::ColumnHash hash(Block{5, 6}, layout.words);
  const Block of_u = hash.of(holder.u());
  result({&of_u, 1});
  static_cast<void>(hash.of_columns(guesser->q(), delta, Block{7, 8}));  // SHA-256 of OpenSSL
}

void noise() {
  part = "noise";
  Vole vole(700);
  const vole::Layout layout(vole.parameters);
  Block seed = fresh(1)[0];
  Block delta = fresh(1)[0];
  mark(seed);
  mark(delta);
  const BlockVector rows = secret(layout.choices());
  const BlockVector values = secret(layout.noise + 1);
  Bytes choices(layout.choice_bytes());
  entropy().fill(choices);
  BlockVector b(layout.count);
  BlockVector folded(layout.folded);
  Bytes message(layout.trees_bytes());
  vole::make_trees(layout, vole.keys, seed, delta, rows.span(), choices, values.span(), b.span(),
                   folded.span(), message, serial());
  result(b.span());
  const Block weighed = vole::weigh(layout, Block{1, 1}, b.span(), folded.span(), serial());
  result({&weighed, 1});
  vole.keys.code(layout).encode(b.span(), folded.span(), serial());
  result(b.span());

  publish(std::span(message));
  std::vector<std::uint64_t> where(layout.noise);
  for (std::size_t i = 0; i < where.size(); ++i) where[i] = i % layout.domain;
  mark(std::span(where));
  BlockVector a(layout.count);
  BlockVector c(layout.count);
  BlockVector pair(2 * layout.folded);
  const vole::NoiseSums sums =
      vole::take_trees(layout, vole.keys, Block{1, 1}, where, rows.span(), values.span(), values.span(),
                       message, a.span(), c.span(), pair.span(), serial());
  result({&sums.noise, 1});
  result({&sums.image, 1});
  vole.keys.code(layout).encode_pair(a.span(), c.span(), pair.span(), serial());
  result(a.span());
  result(c.span());
}

void base_ot() {
  part = "base-ot";
  CountingEntropy source;
  const vole::BaseOtChooser chooser(source);
  const vole::BaseOtSender sender(source);
  Block choices = fresh(1)[0];
  mark(choices);
  const crypto::Hash256 tag{};
  Bytes offer = chooser.offer(tag, choices, serial());
  result(offer);
  publish(std::span(offer));
  const Bytes answer = sender.answer(serial());
  // Keys come out of SHA-256 by OpenSSL.
  if (!chooser.keys(tag, choices, answer, serial()) || !sender.keys(tag, offer, answer, serial()))
    failed = true;
}

void store(Path path) {
  part = "store";
  const okvs::Shape shape{300, 1127, 169};
  const okvs::RowHash hash(shape, Block{1, 2});
  const BlockVector keys = secret(64);
  BlockVector bands(64 * okvs::band_blocks(shape));
  hash.bands(keys.span(), bands.span(), path);
  if (path != Path::portable) result(bands.span());
  mark(bands);
  std::vector<std::uint32_t> starts(64);
  hash.starts(keys.span(), starts, path);
  publish(std::span(starts));  // an address by design
  for (std::size_t i = 0; i < starts.size(); ++i) starts[i] = static_cast<std::uint32_t>(13 * i);
  // The way of Path::avx512 multiplies matrices of bits, which this compiler's MemorySanitizer takes for a
  // use of them (GF2P8AFFINEQB is unknown to it): its loads stand at addresses made of starts and loop
  // counters.
  if (path == Path::avx512) return;
  BlockVector blocks = secret(okvs::allocated_blocks(shape));
  BlockVector sums(64);
  okvs::detail::prepare(blocks.data(), blocks.size() / 8 * 8, path);
  okvs::detail::band_sums(blocks.data(), shape, starts, bands.data(), sums.data(), path);
  result(sums.span());
  const BlockVector rows = secret(1128 * okvs::band_blocks(shape));
  okvs::detail::substitute_back(blocks.data(), rows.data(), okvs::band_blocks(shape), 0, 1128, path);
  result(blocks.span().first(1127));
}

void masks() {
  part = "masks";
  const BlockVector keys = secret(300);
  const BlockVector values = secret(300);
  BlockVector out(300);
  match::mask_hash(Block{1, 2}, keys.span(), values.span(), out.span());
  result(out.span());
  match::store_values(Block{1, 2}, keys.span(), out.span());
  result(out.span());
}

// RFC 9497: inputs and blinds of the client, key and inputs of the server. The blinded elements are public.
void oprf_both() {
  part = "oprf";
  std::vector<Bytes> items(9, Bytes(20));
  std::vector<crypto::Scalar> blinds;
  for (Bytes& item : items) {
    entropy().fill(item);
    ByteArray<32> scalar{};
    entropy().fill(std::span(scalar).first(31));
    blinds.push_back(*crypto::Scalar::decode(scalar));
  }
  const std::vector<BytesView> views(items.begin(), items.end());
  ByteArray<32> scalar{};
  entropy().fill(std::span(scalar).first(31));
  const oprf::KeyPair key(*crypto::Scalar::decode(scalar));
  for (const Bytes& item : items) mark(std::span(item));
  for (const crypto::Scalar& blind : blinds) mark(BytesView(blind.view()));
  mark(BytesView(key.secret().view()));
  auto blinding = oprf::blind_with(oprf::Mode::voprf, views, std::move(blinds), serial());
  result({blinding->elements[3].data(), 32});
  publish(std::span(blinding->elements));
  auto evaluated = oprf::blind_evaluate(blinding->elements, key, serial());
  result({(*evaluated)[3].data(), 32});
  publish(std::span(*evaluated));
  // Outputs and challenges are SHA-512 by OpenSSL.
  if (!oprf::finalize(views, *blinding, *evaluated, serial())) failed = true;
  if (!oprf::evaluate(oprf::Mode::voprf, views, key, serial())) failed = true;
}

}  // namespace

int main(int argc, char** argv) {
  // Its configuration file is read by code that is not instrumented, through functions that are.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  constexpr const char* parts[] = {"field",   "hashes", "positions", "small-fields", "noise",
                                   "base-ot", "store",  "masks",     "oprf"};
  if (argc == 2) {
    for (const char* one : parts) std::puts(one);
    return 0;
  }
  if (argc == 4) {
    leak_how = argv[2];
    leak_part = argv[3];
  }
  // A leak is planted in one part, which runs alone.
  const auto wanted = [&](std::string_view name) { return argc != 4 || leak_part == name; };
  for (const Path path : block::available_paths()) {
    const bool marks = path != Path::portable;  // AES of OpenSSL takes them off
    if (wanted("field")) field(path);
    if (wanted("hashes") && (argc != 4 || marks)) hashes(path);
    if (wanted("positions")) positions(path);
    if (wanted("store")) store(path);
    if (argc != 4 && !failed)
      std::printf(
          "ok - %s: no branch and no address depends on a secret of field, hashes, positions, store\n",
          block::name_of(path).data());
  }
  if (wanted("small-fields")) small_fields();
  if (wanted("noise")) noise();
  if (wanted("base-ot")) base_ot();
  if (wanted("masks")) masks();
  if (wanted("oprf")) oprf_both();
  if (argc == 4) return 0;
  if (!failed) std::printf("ok - the VOLE, its base OT, masks and the OPRF do not either\n");
  return failed ? 1 : 0;
}
