import torch
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForSequenceClassification, AutoTokenizer

MODEL_NAME = "prajjwal1/bert-tiny"


def load_data(partition_id, batch_size=8):
    tokenizer = AutoTokenizer.from_pretrained(MODEL_NAME)
    dataset = load_dataset("imdb", split="train").shard(10, partition_id)
    dataset = dataset.map(lambda row: tokenizer(row["text"], truncation=True), batched=True).train_test_split(0.2)
    trainloader = torch.utils.data.DataLoader(dataset["train"], batch_size=batch_size)
    testloader = torch.utils.data.DataLoader(dataset["test"], batch_size=batch_size)
    return trainloader, testloader


def get_model(rank=8):
    base = AutoModelForSequenceClassification.from_pretrained(MODEL_NAME, num_labels=2)
    return get_peft_model(base, LoraConfig(r=rank, task_type="SEQ_CLS"))


def train(model, trainloader, epochs):
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5)
    for _ in range(epochs):
        for batch in trainloader:
            model(**batch).loss.backward()
            optimizer.step()
            optimizer.zero_grad()


def test(model, testloader):
    model.eval()
    loss = 0.0
    with torch.no_grad():
        for batch in testloader:
            loss += model(**batch).loss.item()
    return {"loss": loss / len(testloader)}
