#include "lookup/party.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <tuple>

#include "crypto/seeded.hpp"
#include "lookup/set_builder.hpp"
#include "lookup/wire.hpp"
#include "oprf/server.hpp"

namespace parley::lookup {
namespace {

crypto::SeededEntropy seeded(std::string_view label) {
  return crypto::SeededEntropy(crypto::Secret<32>(ByteArray<32>{5}), label);
}

Bytes item(std::size_t number) {
  return to_bytes("domain-name" + std::string(1, '\0') + std::to_string(number) + ".example.org");
}

Label label_of(std::size_t number) {
  return {"indicator--" + std::to_string(number), static_cast<std::uint8_t>(number % 4)};
}

std::vector<BytesView> views(const std::vector<Bytes>& items) {
  return {items.begin(), items.end()};
}

/// A server with the items 0 … count - 1, and what an asker downloaded from it.
struct Server {
  std::vector<Bytes> items;
  oprf::KeyPair key;
  std::optional<SetFile> set;

  explicit Server(std::size_t count, bool labelled = false) : key(make_key()) {
    for (std::size_t i = 0; i < count; ++i) items.push_back(item(i));
    std::ranges::sort(items);
    std::vector<EncodedLabel> labels;
    for (std::size_t i = 0; labelled && i < count; ++i) {
      const std::string text(as_text(items[i]).substr(12));
      labels.push_back(encode_label(label_of(std::stoul(text))).value());
    }
    auto entropy = seeded("server");
    SerialParallel serial;
    auto builder =
        SetBuilder::start(views(items), std::move(labels), oprf::KeyPair(key.secret().clone()), entropy);
    EXPECT_TRUE(builder);
    for (;;) {
      const auto done = builder->step(serial);
      EXPECT_TRUE(done);
      if (!done || *done) break;
    }
    set = SetFile::open(std::make_shared<Bytes>(builder->take())).value();
  }
  static oprf::KeyPair make_key() {
    auto entropy = seeded("key");
    return oprf::KeyPair::generate(entropy);
  }
  Result<std::vector<Finding>> look_up(std::vector<Bytes> values) const {
    SerialParallel serial;
    auto entropy = seeded("asker");
    Asker asker(*set, key.public_key());
    PARLEY_TRY(const Bytes query, asker.ask(std::move(values), entropy, serial));
    PARLEY_TRY(const Bytes answer, answer_query(key, query, entropy, serial));
    return asker.take(answer, serial);
  }
};

TEST(Lookup, hits_are_exactly_the_items_of_the_set) {
  for (const std::size_t size : {0U, 1U, 2U, 255U, 256U, 300U}) {
    const Server server(size);
    std::vector<Bytes> asked;
    for (std::size_t i = 0; i < 40; ++i) asked.push_back(item(size > 20 ? size - 20 + i : i));
    const auto found = server.look_up(asked);
    ASSERT_TRUE(found);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const bool held = std::ranges::binary_search(server.items, asked[i]);
      EXPECT_EQ((*found)[i].hit, held) << size << " " << i;
      EXPECT_FALSE((*found)[i].label);
    }
  }
}

TEST(Lookup, a_hit_opens_its_label_and_a_miss_opens_none) {
  const Server server(300, true);
  const auto found = server.look_up({item(7), item(299), item(300), item(0)});
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)[0].label, label_of(7));
  EXPECT_EQ((*found)[1].label, label_of(299));
  EXPECT_FALSE((*found)[2].hit);
  EXPECT_FALSE((*found)[2].label);
  EXPECT_EQ((*found)[3].label, label_of(0));
}

TEST(Lookup, one_value_asked_twice_is_found_twice) {
  const Server server(10);
  const auto found = server.look_up({item(3), item(3), item(11), item(11)});
  ASSERT_TRUE(found);
  EXPECT_TRUE((*found)[0].hit && (*found)[1].hit);
  EXPECT_FALSE((*found)[2].hit || (*found)[3].hit);
}

TEST(Lookup, sets_of_one_public_size_have_one_length) {
  EXPECT_EQ(Server(0).set->bytes().size(), Server(256).set->bytes().size());
  EXPECT_LT(Server(256).set->bytes().size(), Server(257).set->bytes().size());
}

/// Counts the tasks that work was cut into: what a clock would see of it.
struct CountingParallel final : Parallel {
  std::size_t tasks = 0;
  std::size_t width() const override { return 1; }
  void run(std::size_t count, const std::function<void(std::size_t)>& task) override {
    tasks += count;
    for (std::size_t i = 0; i < count; ++i) task(i);
  }
};

TEST(Lookup, building_takes_as_many_operations_for_every_set_of_one_padded_size) {
  const auto work = [](std::size_t count) {
    std::vector<Bytes> items;
    for (std::size_t i = 0; i < count; ++i) items.push_back(item(i));
    std::ranges::sort(items);
    auto entropy = seeded("work");
    CountingParallel parallel;
    auto builder = SetBuilder::start(views(items), {}, oprf::KeyPair::generate(entropy), entropy).value();
    std::size_t steps = 1;
    for (; !builder.step(parallel).value(); ++steps) {
    }
    return std::tuple(steps, builder.done(), parallel.tasks, builder.take().size());
  };
  // One value is taken for each dummy as for each item: 10,240 of them, in two turns and that of the filter.
  const auto large = work(8193);
  EXPECT_EQ(std::get<0>(large), 3U);
  EXPECT_EQ(std::get<1>(large), 10'240U);
  EXPECT_EQ(work(257), work(320));
  EXPECT_EQ(work(0), work(256));
  EXPECT_NE(work(256), work(257));
}

TEST(Lookup, a_new_set_shares_nothing_with_the_old_one) {
  const Server first(100);
  const Server same(100);
  EXPECT_TRUE(
      std::ranges::equal(first.set->bytes(), same.set->bytes()));  // same entropy: a deterministic build
  auto entropy = seeded("next epoch");
  SerialParallel serial;
  auto builder = SetBuilder::start(views(first.items), {}, oprf::KeyPair::generate(entropy), entropy);
  ASSERT_TRUE(builder);
  while (!builder->step(serial).value()) {
  }
  const Bytes next = builder->take();
  std::size_t equal = 0;
  for (std::size_t i = set_header_bytes; i < next.size(); ++i) equal += next[i] == first.set->bytes()[i];
  EXPECT_LT(equal, next.size() / 64);  // chance: 1 in 256
}

TEST(Lookup, unsorted_or_repeated_items_and_missing_labels_are_refused) {
  auto entropy = seeded("bad");
  const std::vector<Bytes> unsorted{item(2), item(1)};
  const std::vector<Bytes> twice{item(1), item(1)};
  const std::vector<Bytes> two{item(1), item(2)};
  EXPECT_FALSE(SetBuilder::start(views(unsorted), {}, oprf::KeyPair::generate(entropy), entropy));
  EXPECT_FALSE(SetBuilder::start(views(twice), {}, oprf::KeyPair::generate(entropy), entropy));
  EXPECT_FALSE(
      SetBuilder::start(views(two), std::vector<EncodedLabel>(1), oprf::KeyPair::generate(entropy), entropy));
}

TEST(Lookup, a_server_with_two_keys_is_caught) {
  SerialParallel serial;
  const Server server(20);
  auto entropy = seeded("two keys");
  const oprf::KeyPair second = oprf::KeyPair::generate(entropy);
  Asker asker(*server.set, server.key.public_key());
  // The whole batch under the second key, with that key's honest proof.
  const Bytes query = asker.ask({item(1), item(2)}, entropy, serial).value();
  const auto all = asker.take(answer_query(second, query, entropy, serial).value(), serial);
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().kind, ErrorKind::peer);
  // One element under the second key: tells this asker's items apart from others', if it went through.
  const Bytes again = asker.ask({item(1), item(2)}, entropy, serial).value();
  Answer mixed = parse_answer(answer_query(server.key, again, entropy, serial).value(), 2).value();
  const std::vector<crypto::EncodedPoint> blinded = parse_query(again).value();
  mixed.elements[1] = oprf::blind_evaluate(std::span(blinded).subspan(1), second, serial).value().front();
  EXPECT_FALSE(asker.take(encode_answer(mixed), serial));
}

TEST(Lookup, an_answer_of_another_batch_is_refused) {
  SerialParallel serial;
  const Server server(20);
  auto entropy = seeded("replay");
  Asker asker(*server.set, server.key.public_key());
  const Bytes first = asker.ask({item(1)}, entropy, serial).value();
  const Bytes answer = answer_query(server.key, first, entropy, serial).value();
  ASSERT_TRUE(asker.ask({item(1)}, entropy, serial));
  EXPECT_FALSE(asker.take(answer, serial));
  EXPECT_FALSE(asker.take(answer, serial));  // and without any question
}

TEST(Lookup, a_reflected_query_is_no_answer) {
  SerialParallel serial;
  const Server server(20);
  auto entropy = seeded("reflection");
  Asker asker(*server.set, server.key.public_key());
  const Bytes query = asker.ask({item(1), item(2), item(3)}, entropy, serial).value();
  Bytes reflected = query;
  reflected.resize(query.size() + 64);
  EXPECT_FALSE(asker.take(reflected, serial));
}

// Every byte of an answer, altered alone: an error, never another finding. (A set is whole by its hash; a
// peer that signs a wrong set only has another set.)
TEST(LookupHostile, every_altered_byte_of_an_answer_ends_the_batch) {
  SerialParallel serial;
  const Server server(20);
  auto entropy = seeded("hostile");
  const std::size_t length = 2 * 32 + 64;
  for (std::size_t at = 0; at < length + 1; ++at) {
    Asker asker(*server.set, server.key.public_key());
    const Bytes query = asker.ask({item(1), item(2)}, entropy, serial).value();
    Bytes answer = answer_query(server.key, query, entropy, serial).value();
    ASSERT_EQ(answer.size(), length);
    if (at < length)
      answer[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
    else
      answer.pop_back();
    const auto found = asker.take(answer, serial);
    ASSERT_FALSE(found) << at;
    EXPECT_TRUE(found.error().kind == ErrorKind::peer || found.error().kind == ErrorKind::bad_input);
  }
}

TEST(LookupHostile, a_query_is_answered_as_it_stands_or_refused) {
  SerialParallel serial;
  const Server server(5);
  auto entropy = seeded("hostile query");
  Asker asker(*server.set, server.key.public_key());
  const Bytes query = asker.ask({item(1), item(2)}, entropy, serial).value();
  EXPECT_FALSE(answer_query(server.key, {}, entropy, serial));
  EXPECT_FALSE(answer_query(server.key, Bytes(32, 0), entropy, serial));     // identity
  EXPECT_FALSE(answer_query(server.key, Bytes(32, 0xff), entropy, serial));  // not canonical
  EXPECT_FALSE(answer_query(server.key, BytesView(query).first(63), entropy, serial));
  EXPECT_FALSE(answer_query(server.key, Bytes((max_batch + 1) * 32), entropy, serial));
  for (std::size_t at = 0; at < query.size(); ++at) {
    Bytes altered = query;
    altered[at] ^= 1;
    const auto answer = answer_query(server.key, altered, entropy, serial);
    if (!answer) continue;  // no element
    // An element that it is: evaluated like any other, and of no use to who asked something else.
    const auto elements = parse_query(altered).value();
    EXPECT_EQ(parse_answer(*answer, 2)->elements, oprf::blind_evaluate(elements, server.key, serial).value());
  }
}

// Random combinations over files and answers: an error, or what some set of the peer gives; never a crash.
TEST(LookupHostile, random_damage_to_a_set_gives_misses_or_other_labels_only) {
  SerialParallel serial;
  const Server server(50, true);
  auto entropy = seeded("damage");
  std::minstd_rand random(1);
  for (int round = 0; round < 300; ++round) {
    Bytes bytes = to_bytes(server.set->bytes());
    for (int k = 0; k < 1 + round % 5; ++k)
      bytes[random() % (round % 2 == 0 ? set_header_bytes : bytes.size())] ^=
          static_cast<std::uint8_t>(1 + random() % 255);
    if (round % 7 == 0) bytes.resize(random() % bytes.size());
    const auto set = SetFile::open(std::make_shared<Bytes>(std::move(bytes)));
    if (!set) continue;
    Asker asker(*set, server.key.public_key());
    const Bytes query = asker.ask({item(1), item(99)}, entropy, serial).value();
    const auto found = asker.take(answer_query(server.key, query, entropy, serial).value(), serial);
    ASSERT_TRUE(found);
    EXPECT_FALSE((*found)[1].hit);
  }
}

TEST(SetHeader, is_read_back_and_every_other_spelling_refused) {
  const Server server(30, true);
  const Bytes header = to_bytes(server.set->bytes().first(set_header_bytes));
  EXPECT_EQ(encode_set_header(parse_set_header(header).value()), header);
  for (const std::size_t at : {0U, 7U, 40U, 43U, 44U, 45U, 46U, 47U, 48U, 51U, 60U, 63U}) {
    Bytes altered = header;
    altered[at] ^= 0x20;
    EXPECT_FALSE(parse_set_header(altered)) << at;
  }
}

TEST(SetFile, of_another_length_is_refused) {
  const Server server(30);
  const Bytes whole = to_bytes(server.set->bytes());
  for (const std::size_t length : {std::size_t{0}, std::size_t{63}, std::size_t{64}, whole.size() - 1}) {
    EXPECT_FALSE(SetFile::open(
        std::make_shared<Bytes>(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length))));
  }
  Bytes longer = whole;
  longer.push_back(0);
  EXPECT_FALSE(SetFile::open(std::make_shared<Bytes>(std::move(longer))));
}

TEST(ItemKey, is_hkdf_expand_of_the_oprf_value) {
  crypto::Hash512 value;
  for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<std::uint8_t>(i * 3);
  const SetId set(ByteArray<32>{1, 2, 3});
  const auto block = [&](std::string_view info, BytesView previous, std::uint8_t counter) {
    Bytes message = to_bytes(previous);
    append(message, info);
    append(message, BytesView(set.value()));
    message.push_back(counter);
    return crypto::hmac_sha256(value, message);
  };
  const crypto::Hash256 filter = block("parley/lookup/1/filter", {}, 1);
  const ItemKey key = item_key(value, set);
  Bytes place;
  append_u64(place, key.place.low);
  append_u64(place, key.place.high);
  append(place, BytesView(key.fingerprint));
  EXPECT_TRUE(std::ranges::equal(place, BytesView(filter).first(21)));
  const crypto::Hash256 first = block("parley/lookup/1/label", {}, 1);
  const crypto::Hash256 second = block("parley/lookup/1/label", first, 2);
  Bytes pad = to_bytes(first);
  append(pad, BytesView(second));
  EXPECT_TRUE(std::ranges::equal(label_pad(value, set).view(), pad));
}

TEST(Label, is_read_back_and_every_other_form_refused) {
  for (const Label& label :
       {Label{"", 0}, Label{"indicator--x", 3}, Label{std::string(max_pointer_bytes, 'x'), 255}}) {
    const EncodedLabel encoded = encode_label(label).value();
    EXPECT_EQ(decode_label(encoded).value(), label);
    EncodedLabel altered = encoded;
    altered[0] = 2;
    EXPECT_FALSE(decode_label(altered));
  }
  EXPECT_FALSE(encode_label({std::string(max_pointer_bytes + 1, 'x'), 0}));
  EXPECT_FALSE(encode_label({"a b", 0}));
  EXPECT_FALSE(encode_label({"\x7f", 0}));
  EncodedLabel tail = encode_label({"a", 1}).value();
  tail.back() = 1;
  EXPECT_FALSE(decode_label(tail));
  EXPECT_FALSE(decode_label(BytesView(tail).first(63)));
  EXPECT_FALSE(decode_label(EncodedLabel{}));
}

}  // namespace
}  // namespace parley::lookup
